using System.Text.RegularExpressions;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>Turns every failure of a command into <see cref="StoreUnavailableException"/>.</summary>
/// <remarks>
/// Neither the library's text nor its exception goes along: Redis repeats arguments in error texts, and the library names keys.
/// </remarks>
internal static partial class RedisErrors
{
    /// <param name="command">Runs it.</param>
    /// <param name="meaning">A failure in words, as <see cref="Meaning(Exception, string)"/>.</param>
    /// <param name="cancellationToken">Ends the waiting, not the command.</param>
    public static async Task<T> GuardAsync<T>(Func<Task<T>> command, Func<Exception, string> meaning, CancellationToken cancellationToken)
    {
        try
        {
            // The library cannot take a command back; we only stop waiting for it.
            return await command().WaitAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not (StoreUnavailableException or StoreRefusedException)
            && !(exception is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            throw IsDamage(exception) ? new StoreDamagedException(meaning(exception)) : new StoreUnavailableException(meaning(exception));
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

    public static string Meaning(Exception exception, string product) => exception switch
    {
        RedisServerException error => IsDamage(error) ? $"a key in {product} is not as the store writes it" : Meaning(error, product),
        TimeoutException => $"{product} did not answer in time",
        RedisConnectionException => $"there is no connection to {product}",
        ObjectDisposedException or OperationCanceledException => "the store is closing",
        RedisException => $"the {product} client refused the command",
        _ when IsDamage(exception) => $"{product} answered what the store cannot read",
        _ => $"the command to {product} failed: {exception.GetType().Name}",
    };

    private static string Meaning(RedisServerException error, string product) => error.Kind switch
    {
        RedisErrorKind.Loading => $"{product} is still loading its data",
        RedisErrorKind.Misconfigured => $"{product} cannot write to its disk and takes no writes",
        RedisErrorKind.OutOfMemory => $"{product} has reached maxmemory and takes no writes",
        RedisErrorKind.ReadOnly => $"{product} is a replica and takes no writes",
        RedisErrorKind.MaxClients => $"{product} has reached maxclients",
        RedisErrorKind.NoPermission => $"the {product} user lacks a permission the store needs{Lacking(error.Message)}; see the README for its ACL rules",
        RedisErrorKind.UnknownCommand => $"{product} does not know a command the store needs{Lacking(error.Message)}",
        _ when error.Message.StartsWith("NOAUTH", StringComparison.Ordinal) => $"{product} asks for a password (NOAUTH)",
        var kind => $"{product} refused the command ({kind})",
    };

    // Only the command's name, never what else stands there.
    private static string Lacking(string message) => message switch
    {
        _ when CommandName().Match(message) is { Success: true } match => $" (+{match.Groups[1].Value})",
        _ when message.Contains("keys", StringComparison.Ordinal) => " (its keys, ~gc:* and ~{gc:*)",
        _ when message.Contains("channels", StringComparison.Ordinal) => " (its channel, &gc:changes)",
        _ => "",
    };

    [GeneratedRegex(@"'([a-z]{1,20}(?:\|[a-z]{1,20})?)' command")]
    private static partial Regex CommandName();
}
