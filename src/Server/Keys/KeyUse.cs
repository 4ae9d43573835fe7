namespace GrpcCreds.Server.Keys;

/// <summary>
/// What keys still hold. <paramref name="IsFinal"/>: the count began long enough after every live server had begun to seal with
/// <paramref name="Active"/>, so no write sealed with another key was still on its way.
/// </summary>
internal sealed record KeyUse(string Active, bool IsFinal, IReadOnlyDictionary<string, long> Records)
{
    /// <summary>0 exactly when the key may be removed: while more records may appear, a key without records counts as having one.</summary>
    public long Of(string id) => Math.Max(Records.GetValueOrDefault(id), id != Active && !IsFinal ? 1 : 0);
}
