using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Keys;

/// <summary>The rules for keys, as pure functions: only the meta entry and the keys of the servers decide, no clock.</summary>
internal static class KeyRules
{
    public static string? Active(StoreMeta meta) => meta.Sealing is [var active, ..] ? active : null;

    /// <summary>The required field that is missing in the meta entry: without it, the right keys are unknown.</summary>
    /// <returns>Null if nothing.</returns>
    public static string? Lacking(StoreMeta meta) =>
        meta.Sealing.Count == 0 ? "sealing"
        : meta.Sealing.Append(Keys.KeyRing.AuditKeyId).FirstOrDefault(id => !meta.KeyChecks.ContainsKey(id)) is { } id ? $"key:{id}"
        : null;

    public static KeyState StateOf(StoreMeta meta, string id) =>
        id == Active(meta) ? KeyState.Active : meta.Sealing.Contains(id) ? KeyState.Retiring : KeyState.Staged;

    /// <summary>Ids under which this server holds a different key than the deployment.</summary>
    public static IEnumerable<string> Wrong(StoreMeta meta, IReadOnlyDictionary<string, string> checks) =>
        checks.Where(check => meta.KeyChecks.TryGetValue(check.Key, out var known) && known != check.Value).Select(check => check.Key);

    /// <summary>
    /// The meta entry with the check values of keys that are new to it: from now on no server may use their ids for another key.
    /// </summary>
    public static StoreMeta Stage(StoreMeta meta, IReadOnlyDictionary<string, string> checks) =>
        meta with { KeyChecks = checks.Concat(meta.KeyChecks).DistinctBy(check => check.Key).ToDictionary() };

    /// <summary>
    /// Decides whether the key <paramref name="wish"/> may take over: only if this server and every other live one has it, and it has never been
    /// replaced.
    /// </summary>
    /// <param name="meta">The deployment's meta entry.</param>
    /// <param name="wish">The key that should be active.</param>
    /// <param name="own">The check values of this server's keys.</param>
    /// <param name="others">The other live servers and their keys; null for a server that does not report them.</param>
    public static Promotion Promote(StoreMeta meta, string wish, IReadOnlyDictionary<string, string> own, IReadOnlyDictionary<string, HeldKeys?> others)
    {
        if (meta.Sealing.Contains(wish))
            return wish == Active(meta) ? Promotion.None : new(null, [], IsReplaced: true);
        var check = meta.KeyChecks.GetValueOrDefault(wish);
        bool Has(IReadOnlyDictionary<string, string>? checks) => check is not null && checks?.GetValueOrDefault(wish) == check;
        string[] lacking =
        [
            .. Has(own) ? Array.Empty<string>() : ["this one"],
            .. others.Where(other => !Has(other.Value?.Checks)).Select(other => other.Key).Order(StringComparer.Ordinal),
        ];
        return lacking.Length > 0
            ? new(null, lacking, IsReplaced: false)
            : new(meta with { Sealing = [wish, .. meta.Sealing] }, [], IsReplaced: false);
    }
}
