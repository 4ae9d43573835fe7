namespace GrpcCreds.Server.Store;

/// <summary>
/// How the service signs in to Redis, section <c>Redis</c>: for passwords that a connection string cannot hold, for it splits at commas and trims spaces.
/// What is set here must not stand in <c>ConnectionStrings:Redis</c> too.
/// </summary>
internal sealed class RedisOptions
{
    public const string Section = "Redis";

    /// <summary>The ACL user; none is Redis's user <c>default</c>.</summary>
    public string? User { get; set; }

    /// <summary>Its password, taken as it is.</summary>
    public string? Password { get; set; }

    /// <summary>A file that holds it, read again for each new connection; line breaks at its end do not count.</summary>
    public string? PasswordFile { get; set; }

    public bool IsEmpty => User is null && Password is null && PasswordFile is null;
}
