using System.Text.RegularExpressions;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>The product that answers, by its own name, and its version if it reports one.</summary>
internal sealed partial record RedisProduct(string Name, string? Version)
{
    public static readonly RedisProduct Unknown = new("Redis", null);

    /// <summary>The fields in which products other than Redis report their version; all of them also claim to be some version of Redis.</summary>
    private static readonly (string Field, string Name)[] Others =
    [
        ("valkey_version", "Valkey"), ("dragonfly_version", "Dragonfly"), ("garnet_version", "Garnet"), ("keydb_version", "KeyDB"),
        ("kvrocks_version", "Kvrocks"),
    ];

    /// <summary>Reads <c>INFO server</c>. Missing fields do not matter: the server is judged by what it can do.</summary>
    public static RedisProduct Of(IReadOnlyDictionary<string, string> about)
    {
        foreach (var (field, name) in Others)
        {
            if (about.TryGetValue(field, out var version))
                return new(name, Clean(version));
        }

        // KeyDB can only be recognised by its executable; Valkey also reports its name.
        var isKeyDb = about.GetValueOrDefault("executable", "").Contains("keydb", StringComparison.OrdinalIgnoreCase);
        var isValkey = about.GetValueOrDefault("server_name") == "valkey";
        return new(isKeyDb ? "KeyDB" : isValkey ? "Valkey" : "Redis", about.TryGetValue("redis_version", out var redis) ? Clean(redis) : null);
    }

    /// <summary>Whether it is older than the store requires; a missing or non-numeric version does not count as old.</summary>
    public bool IsOld => Name == "Redis" && Version is { } version && Number().Match(version) is { Success: true } match
        && System.Version.TryParse(match.Value, out var number) && number < new Version(7, 0);

    public override string ToString() => Version is null ? Name : $"{Name} {Version}";

    private static string? Clean(string version) => Word().Match(version) is { Success: true } match ? match.Value : null;

    [GeneratedRegex(@"\A\d{1,9}\.\d{1,9}")]
    private static partial Regex Number();

    [GeneratedRegex(@"\A[\w.+-]{1,40}\z")]
    private static partial Regex Word();
}
