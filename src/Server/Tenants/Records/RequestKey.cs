namespace GrpcCreds.Server.Tenants.Records;

/// <summary>A request's id and a keyed hash of method, caller and content.</summary>
internal sealed record RequestKey(Guid Id, ReadOnlyMemory<byte> Fingerprint)
{
    /// <summary>For a commit the service makes on its own.</summary>
    public static RequestKey Own() => new(Guid.NewGuid(), ReadOnlyMemory<byte>.Empty);
}
