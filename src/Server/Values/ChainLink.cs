namespace GrpcCreds.Server.Values;

/// <summary>An entry's place in its tenant's chain: which it is, from 1, and the keyed hash of all that stands in it.</summary>
internal sealed record ChainLink(long Number, string Hash)
{
    /// <summary>Before the first entry.</summary>
    public static readonly ChainLink Start = new(0, "");
}
