using StackExchange.Redis.Configuration;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>
/// The password that a file holds, read again for each connection that is made: so a changed one is used without a restart. While the file cannot be
/// read the last password goes on.
/// </summary>
internal sealed class RedisPasswordFile : DefaultOptionsProvider
{
    public const string Setting = $"{RedisOptions.Section}:{nameof(RedisOptions.PasswordFile)}";

    private readonly string path;
    private volatile string last;

    /// <exception cref="StoreRefusedException">The file cannot be read, or holds nothing.</exception>
    public RedisPasswordFile(string path)
    {
        this.path = path;
        last = Read() ?? throw new StoreRefusedException(StoreReason.Misconfigured, $"{Setting}: {path} cannot be read or is empty; it has to hold the password");
    }

    public override string Password => last = Read() ?? last;

    private string? Read()
    {
        try
        {
            return File.ReadAllText(path).TrimEnd('\r', '\n') is { Length: > 0 } password ? password : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
