using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Tenants.Records;

/// <summary>How a command ended.</summary>
internal abstract record Applied
{
    private Applied()
    {
    }

    /// <summary>It is committed.</summary>
    public sealed record Done(RecordSnapshot Snapshot, WriteResult Result) : Applied
    {
        public TenantRecord State => Snapshot.Record;
    }

    /// <summary>It was already committed under the same request id; nothing was written now.</summary>
    public sealed record Known(WriteResult Result, DateTimeOffset Time) : Applied;

    public sealed record Refused(Refusal Refusal) : Applied;

    public sealed record Nothing(TenantRecord State) : Applied;
}
