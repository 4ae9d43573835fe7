using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>Turns every failure of a command into <see cref="StoreUnavailableException"/>.</summary>
/// <remarks>
/// Neither the library's text nor its exception goes along: Redis repeats arguments in error texts, and the library names keys.
/// </remarks>
internal static class RedisErrors
{
    public static async Task<T> GuardAsync<T>(Func<Task<T>> command, CancellationToken cancellationToken)
    {
        try
        {
            // The library cannot take a command back; we only stop waiting for it.
            return await command().WaitAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            throw new StoreUnavailableException(Meaning(exception));
        }
    }

    public static string Meaning(Exception exception) => exception switch
    {
        RedisServerException error => Meaning(error.Kind),
        TimeoutException => "Redis did not answer in time",
        RedisConnectionException => "there is no connection to Redis",
        ObjectDisposedException => "the store is closing",
        _ => "the Redis client refused the command",
    };

    private static string Meaning(RedisErrorKind kind) => kind switch
    {
        RedisErrorKind.Loading => "Redis is still loading its data",
        RedisErrorKind.Misconfigured => "Redis cannot write to its disk and takes no writes",
        RedisErrorKind.OutOfMemory => "Redis has reached maxmemory and takes no writes",
        RedisErrorKind.ReadOnly => "Redis is a replica and takes no writes",
        RedisErrorKind.MaxClients => "Redis has reached maxclients",
        RedisErrorKind.NoPermission => "the Redis user lacks a permission the store needs",
        _ => $"Redis refused the command ({kind})",
    };
}
