using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>How a test went: either the session it yielded or the failure, and its parts.</summary>
internal sealed record TestVerdict(SalesforceSession? Session, Failure? Failure, IReadOnlyList<Check> Checks)
{
    /// <summary>Nothing was sent to Salesforce.</summary>
    public bool NothingSent { get; init; }
}
