namespace GrpcCreds.Server.Values;

/// <summary>An entry's place in its tenant's chain: its number, from 1, and the keyed hash of its content.</summary>
internal sealed record ChainLink(long Number, string Hash)
{
    /// <summary>Before the first entry.</summary>
    public static readonly ChainLink Start = new(0, "");
}
