using System.Text.RegularExpressions;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>Turns every failure of a command into <see cref="StoreUnavailableException"/>.</summary>
/// <remarks>
/// Neither the library's text nor its exception is passed on: Redis repeats arguments in error texts, and the library names keys.
/// </remarks>
internal static partial class RedisErrors
{
    /// <param name="command">Runs the command.</param>
    /// <param name="meaning">Describes a failure, as <see cref="Meaning(Exception, string)"/> does.</param>
    /// <param name="cancellationToken">Ends the wait, not the command.</param>
    public static async Task<T> GuardAsync<T>(Func<Task<T>> command, Func<Exception, string> meaning, CancellationToken cancellationToken)
    {
        try
        {
            // The library cannot cancel a sent command; only the wait for it ends.
            return await command().WaitAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not (StoreUnavailableException or StoreRefusedException)
            && !(exception is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            throw IsDamage(exception) ? new StoreDamagedException(meaning(exception)) : new StoreUnavailableException(meaning(exception));
        }
    }

    /// <summary>A key of the wrong type or that accepts nothing more, or an answer that this service cannot have written.</summary>
    public static bool IsDamage(Exception exception) => exception switch
    {
        // The latter: a stream whose last entry was given the highest possible id accepts no other.
        RedisServerException error => error.Kind == RedisErrorKind.WrongType || error.Message.Contains("last possible ID", StringComparison.Ordinal),
        ObjectDisposedException => false,
        _ => exception is InvalidCastException or FormatException or OverflowException or ArgumentException or InvalidOperationException
            or IndexOutOfRangeException or NullReferenceException,
    };

    public static string Meaning(Exception exception, string product) => exception switch
    {
        RedisServerException error => IsDamage(error) ? $"a key in {product} does not have the form the store writes" : Meaning(error, product),
        TimeoutException => $"{product} did not answer in time",
        RedisConnectionException => $"there is no connection to {product}",
        ObjectDisposedException or OperationCanceledException => "the store is closing",
        RedisException => $"the {product} client refused the command",
        _ when IsDamage(exception) => $"{product} returned an answer the store cannot read",
        _ => $"the command to {product} failed: {exception.GetType().Name}",
    };

    private static string Meaning(RedisServerException error, string product) => error.Kind switch
    {
        RedisErrorKind.Loading => $"{product} is still loading its data",
        RedisErrorKind.Misconfigured => $"{product} cannot write to its disk and accepts no writes",
        RedisErrorKind.OutOfMemory => $"{product} has reached maxmemory and accepts no writes",
        RedisErrorKind.ReadOnly => $"{product} is a replica and accepts no writes",
        RedisErrorKind.Moved or RedisErrorKind.Ask or RedisErrorKind.TryAgain => $"a part of the data is moving to another {product} server",
        RedisErrorKind.ClusterDown => $"the {product} Cluster serves no data now; see CLUSTER INFO on its nodes",
        RedisErrorKind.MaxClients => $"{product} has reached maxclients",
        RedisErrorKind.NoPermission =>
            $"the {product} user lacks a permission the store needs{Lacking(error.Message)}; docs/operations/stores.md has its ACL rules",
        RedisErrorKind.UnknownCommand => $"{product} does not know a command the store needs{Lacking(error.Message)}",
        _ when error.Message.StartsWith("NOAUTH", StringComparison.Ordinal) => $"{product} requires a password (NOAUTH)",
        var kind => $"{product} refused the command ({kind})",
    };

    // Only the command's name, never any other part of the message.
    private static string Lacking(string message) => message switch
    {
        _ when CommandName().Match(message) is { Success: true } match => $" (+{match.Groups[1].Value})",
        _ when message.Contains("keys", StringComparison.Ordinal) => " (its keys, ~gc:* ~{gc:* ~{gc}:*)",
        _ when message.Contains("channels", StringComparison.Ordinal) => " (its channel, &gc:changes)",
        _ => "",
    };

    [GeneratedRegex(@"'([a-z]{1,20}(?:\|[a-z]{1,20})?)' command")]
    private static partial Regex CommandName();
}
