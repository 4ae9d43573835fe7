namespace GrpcCreds.Server.Keys;

/// <summary>
/// What a server reports about its keys with each heartbeat: the key that seals its writes, and a check value for each key it has, so that a
/// wrong key under a right name counts as missing.
/// </summary>
/// <remarks>As text: <c>main 2027:0123… audit:4567… main:89ab…</c>.</remarks>
internal sealed record HeldKeys(string WritingKeyId, IReadOnlyDictionary<string, string> Checks)
{
    public static HeldKeys Of(Sealer sealer)
    {
        var keys = sealer.Keys;
        return new(keys.WritingKeyId, keys.Checks(sealer.DeploymentId));
    }

    /// <returns>Null for the text of an older version of the service, or damage.</returns>
    public static HeldKeys? Parse(string text)
    {
        var words = text.Split(' ');
        var checks = words.Skip(1).Select(word => word.Split(':')).ToList();
        return words[0].Length > 0 && checks.All(check => check.Length == 2)
            ? new(words[0], checks.DistinctBy(check => check[0]).ToDictionary(check => check[0], check => check[1]))
            : null;
    }

    public override string ToString() =>
        string.Join(' ', Checks.OrderBy(check => check.Key, StringComparer.Ordinal).Select(check => $"{check.Key}:{check.Value}").Prepend(WritingKeyId));
}
