namespace GrpcCreds.Server.Store;

/// <summary>
/// How the service signs in to Redis and to its Sentinels, section <c>Redis</c>: for passwords that a connection string cannot hold, because it splits at
/// commas and trims spaces. A value set here must not be in <c>ConnectionStrings:Redis</c> too.
/// </summary>
internal sealed class RedisOptions
{
    public const string Section = "Redis";

    /// <summary>The ACL user; if empty, Redis's user <c>default</c>.</summary>
    public string? User { get; set; }

    /// <summary>The user's password, used exactly as written.</summary>
    public string? Password { get; set; }

    /// <summary>
    /// A file with the password or token, looked at every second; a changed one is used at once, on new connections. Line breaks at its end are ignored.
    /// </summary>
    public string? PasswordFile { get; set; }

    /// <summary>The ACL user at the Sentinels. The user and password of Redis are never sent to a Sentinel.</summary>
    public string? SentinelUser { get; set; }

    /// <summary>The password at the Sentinels, used exactly as written.</summary>
    public string? SentinelPassword { get; set; }

    /// <summary>A file with the password at the Sentinels, read again for each new connection.</summary>
    public string? SentinelPasswordFile { get; set; }

    /// <summary>
    /// PEM file of the authorities that issue the TLS certificates of Redis and its Sentinels. No other authority is trusted. Read again for each new
    /// connection. Without it, the system's authorities are trusted.
    /// </summary>
    public string? AuthoritiesFile { get; set; }

    public bool IsEmpty => (User ?? Password ?? PasswordFile ?? SentinelUser ?? SentinelPassword ?? SentinelPasswordFile ?? AuthoritiesFile) is null;
}
