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
        catch (Exception exception) when (exception is not (StoreUnavailableException or StoreRefusedException)
            && !(exception is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            throw IsDamage(exception) ? new StoreDamagedException(Meaning(exception)) : new StoreUnavailableException(Meaning(exception));
        }
    }

    /// <summary>A key of another type than we write or that takes nothing more, or an answer that cannot be what we wrote.</summary>
    public static bool IsDamage(Exception exception) => exception switch
    {
        // The latter: a stream whose last entry somebody gave the highest id there is takes no other.
        RedisServerException error => error.Kind == RedisErrorKind.WrongType || error.Message.Contains("last possible ID", StringComparison.Ordinal),
        ObjectDisposedException => false,
        _ => exception is InvalidCastException or FormatException or OverflowException or ArgumentException or InvalidOperationException or IndexOutOfRangeException or NullReferenceException,
    };

    public static string Meaning(Exception exception) => exception switch
    {
        RedisServerException error => IsDamage(error) ? "a key in Redis is not as the store writes it" : Meaning(error.Kind),
        TimeoutException => "Redis did not answer in time",
        RedisConnectionException => "there is no connection to Redis",
        ObjectDisposedException or OperationCanceledException => "the store is closing",
        RedisException => "the Redis client refused the command",
        _ when IsDamage(exception) => "Redis answered what the store cannot read",
        _ => $"the command to Redis failed: {exception.GetType().Name}",
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
