namespace GrpcCreds.Server.Store;

/// <summary>
/// How the service signs in to Redis, section <c>Redis</c>: for passwords that a connection string cannot hold, because it splits at commas and
/// trims spaces. A value set here must not be in <c>ConnectionStrings:Redis</c> too.
/// </summary>
internal sealed class RedisOptions
{
    public const string Section = "Redis";

    /// <summary>The ACL user; if empty, Redis's user <c>default</c>.</summary>
    public string? User { get; set; }

    /// <summary>The user's password, used exactly as written.</summary>
    public string? Password { get; set; }

    /// <summary>A file with the password, read again for each new connection; line breaks at its end are ignored.</summary>
    public string? PasswordFile { get; set; }

    public bool IsEmpty => User is null && Password is null && PasswordFile is null;
}
