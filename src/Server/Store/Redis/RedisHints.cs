using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>
/// Hints between servers: the one that has committed asks the others to look. Without hints the store only answers later, so no failure here changes
/// anything.
/// </summary>
internal sealed partial class RedisHints(RedisInquiry inquiry, Action<StoreHint> hinted, ILogger logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private bool toldOfNone;

    /// <summary>Asks all servers to look again.</summary>
    public void Send(RedisPrimary? primary)
    {
        try
        {
            primary?.Hints.Publish(RedisKeys.Changes, RedisValue.EmptyString, CommandFlags.FireAndForget);
        }
        catch (Exception exception) when (exception is RedisException or ObjectDisposedException)
        {
            Log.NotSent(logger, inquiry.Meaning(exception));
        }
    }

    /// <summary>Subscribes where that has not been done. A failure is logged once, and the next check tries again.</summary>
    /// <param name="current">The primary that carries the hints, as it is by then.</param>
    /// <param name="cancellationToken">Ends the attempts.</param>
    public async Task SubscribeAsync(Func<RedisPrimary?> current, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (current() is { IsHinting: false } primary)
        {
            try
            {
                // OnMessage, unlike a handler passed to Subscribe, preserves the order.
                (await primary.Hints.SubscribeAsync(RedisKeys.Changes)).OnMessage(_ => hinted(StoreHint.Changed));
                primary.IsHinting = true;
                return;
            }
            catch (RedisConnectionException) when (!patience.IsCancellationRequested)
            {
                // The first use of the subscription connection starts it, and with FailFast does not wait for it.
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
            {
                if (!Interlocked.Exchange(ref toldOfNone, true))
                    Log.None(logger, inquiry.Product.Name, inquiry.Meaning(exception));
                return;
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            2,
            LogLevel.Warning,
            "No hints of changes from {Product} ({Cause}), so changes made by other servers take up to a second to arrive; its ACL user needs "
            + "&gc:changes +subscribe +publish")]
        public static partial void None(ILogger logger, string product, string cause);

        [LoggerMessage(3, LogLevel.Debug, "A hint of a change could not be sent ({Cause})")]
        public static partial void NotSent(ILogger logger, string cause);
    }
}
