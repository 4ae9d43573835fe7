namespace GrpcCreds.Server.Keys;

/// <summary>Keys as they were read.</summary>
internal sealed record FoundKeys(IReadOnlyDictionary<string, byte[]> MasterKeys, byte[] AuditKey)
{
    public KeyRing Ring(string writingKeyId) => new(MasterKeys, writingKeyId, AuditKey);

    /// <summary>These, and of <paramref name="before"/> the ones named that are not among them.</summary>
    public FoundKeys With(KeyRing before, IEnumerable<string> kept) =>
        this with { MasterKeys = MasterKeys.Concat(kept.Except(MasterKeys.Keys).Where(before.Ids.Contains).Select(id => KeyValuePair.Create(id, before.Find(id)!))).ToDictionary() };

    public bool Same(FoundKeys other) =>
        AuditKey.AsSpan().SequenceEqual(other.AuditKey) && MasterKeys.Count == other.MasterKeys.Count
        && MasterKeys.All(key => other.MasterKeys.TryGetValue(key.Key, out var value) && value.AsSpan().SequenceEqual(key.Value));
}
