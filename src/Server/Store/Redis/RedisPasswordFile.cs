using System.Text;
using GrpcCreds.Server.Configuration;
using StackExchange.Redis.Configuration;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>
/// The password from a file, read again for each new connection, so that a changed password is used without a restart. While the file cannot be
/// read, the last password is used.
/// </summary>
internal sealed class RedisPasswordFile : DefaultOptionsProvider
{
    private readonly string setting;
    private readonly string path;
    private volatile string last;

    /// <exception cref="StoreRefusedException">The file cannot be read, is empty, or can be read by others.</exception>
    public RedisPasswordFile(string setting, string path)
    {
        (this.setting, this.path) = (setting, path);
        try
        {
            last = Read() ?? throw Refused("cannot be read or is empty; it must contain the password");
        }
        catch (GuardedFileException exception)
        {
            throw Refused(exception.Message);
        }
    }

    public override string Password
    {
        get
        {
            try
            {
                return last = Read() ?? last;
            }
            catch (GuardedFileException)
            {
                return last;
            }
        }
    }

    private StoreRefusedException Refused(string why) => new(StoreReason.Misconfigured, $"{setting}: {path} {why}");

    private string? Read()
    {
        try
        {
            return Encoding.UTF8.GetString(GuardedFile.ReadSecret(path)).TrimEnd('\r', '\n') is { Length: > 0 } password ? password : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
