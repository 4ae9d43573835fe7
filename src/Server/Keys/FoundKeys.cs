namespace GrpcCreds.Server.Keys;

/// <summary>Keys as read from their files.</summary>
internal sealed record FoundKeys(IReadOnlyDictionary<string, byte[]> MasterKeys, byte[] AuditKey)
{
    public KeyRing Ring(string writingKeyId) => new(MasterKeys, writingKeyId, AuditKey);

    /// <summary>These keys, plus those of <paramref name="before"/> that are named in <paramref name="kept"/> and missing here.</summary>
    public FoundKeys With(KeyRing before, IEnumerable<string> kept)
    {
        var added = kept.Except(MasterKeys.Keys).Where(before.Ids.Contains).Select(id => KeyValuePair.Create(id, before.Find(id)!));
        return this with { MasterKeys = MasterKeys.Concat(added).ToDictionary() };
    }

    public bool Same(FoundKeys other) =>
        AuditKey.AsSpan().SequenceEqual(other.AuditKey) && MasterKeys.Count == other.MasterKeys.Count
        && MasterKeys.All(key => other.MasterKeys.TryGetValue(key.Key, out var value) && value.AsSpan().SequenceEqual(key.Value));
}
