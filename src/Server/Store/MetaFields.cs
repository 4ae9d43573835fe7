using System.Globalization;

namespace GrpcCreds.Server.Store;

/// <summary>The meta entry as names and values, the same in both engines.</summary>
/// <remarks>
/// <code>
/// deployment     id generated when the store was first used
/// format         version of the stored format
/// partitions     number of change indexes
/// key:&lt;key id&gt;   value that only the right key yields
/// sealing        ids of the keys that seal or have sealed, newest first, separated by spaces
/// </code>
/// </remarks>
internal static class MetaFields
{
    public const string Deployment = "deployment";
    private const string Format = "format";
    private const string Partitions = "partitions";
    private const string Key = "key:";
    private const string Sealing = "sealing";

    public static IEnumerable<KeyValuePair<string, string>> Of(StoreMeta meta) =>
    [
        new(Deployment, meta.DeploymentId),
        new(Format, meta.FormatVersion.ToString(CultureInfo.InvariantCulture)),
        new(Partitions, meta.Partitions.ToString(CultureInfo.InvariantCulture)),
        .. meta.KeyChecks.Select(check => KeyValuePair.Create(Key + check.Key, check.Value)),
        .. meta.Sealing.Count == 0 ? Array.Empty<KeyValuePair<string, string>>() : [new(Sealing, string.Join(' ', meta.Sealing))],
    ];

    /// <summary>
    /// The fields in which <paramref name="updated"/> differs from <paramref name="read"/>, plus the deployment id as a condition. No field is ever
    /// removed.
    /// </summary>
    public static IReadOnlyList<MetaChange> Changes(StoreMeta read, StoreMeta updated)
    {
        var before = Of(read).ToDictionary(StringComparer.Ordinal);
        return [.. Of(updated).Select(field => new MetaChange(field.Key, before.GetValueOrDefault(field.Key, ""), field.Value))
            .Where(change => change.From != change.To || change.Name == Deployment)];
    }

    /// <returns>Null if there are no fields at all.</returns>
    /// <exception cref="StoreRefusedException">The fields are not what this service writes.</exception>
    public static StoreMeta? Parse(IEnumerable<KeyValuePair<string, string>> fields)
    {
        var all = fields.ToDictionary(StringComparer.Ordinal);
        if (all.Count == 0)
            return null;
        if (!all.TryGetValue(Deployment, out var deployment)
            || !int.TryParse(all.GetValueOrDefault(Format), NumberStyles.None, CultureInfo.InvariantCulture, out var format)
            || !int.TryParse(all.GetValueOrDefault(Partitions), NumberStyles.None, CultureInfo.InvariantCulture, out var partitions)
            || partitions is < 1 or > 1024)
        {
            throw new StoreRefusedException(
                StoreReason.Foreign, "the store's meta entry is damaged or was not written by this service; restore it, or use an empty store");
        }

        var checks = all.Where(field => field.Key.StartsWith(Key, StringComparison.Ordinal));
        return new StoreMeta(deployment, format, partitions, checks.ToDictionary(field => field.Key[Key.Length..], field => field.Value))
        {
            Sealing = all.GetValueOrDefault(Sealing, "").Split(' ', StringSplitOptions.RemoveEmptyEntries),
        };
    }
}
