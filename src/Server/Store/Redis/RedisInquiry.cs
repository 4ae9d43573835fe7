using System.Net;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>Asks the servers about themselves, each on a connection of its own, and finds out why one cannot be reached.</summary>
internal sealed class RedisInquiry(ConfigurationOptions login)
{
    /// <summary>A cause is looked for at most once in this time.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private volatile RedisProduct product = RedisProduct.Unknown;
    private volatile string? hindrance;
    private bool isExplaining;

    /// <summary>The product that answers, and its version.</summary>
    public RedisProduct Product
    {
        get => product;
        set => product = value;
    }

    /// <summary>What a failure means; while there is no connection, with its cause.</summary>
    public string Meaning(Exception exception) =>
        exception is RedisConnectionException && hindrance is { } known ? known : RedisErrors.Meaning(exception, product.Name);

    /// <summary>The connections are back.</summary>
    public void Restored() => hindrance = null;

    /// <summary>Signs in at one server and asks it.</summary>
    /// <exception cref="RedisLoginRefusedException">It refuses the login.</exception>
    public async Task<T> AskAsync<T>(EndPoint endPoint, Func<RespConnection, Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            if (await RedisProbe.RunAsync(login, endPoint, isSentinel: false, cancellationToken) is { } found)
                throw Refused(endPoint, found);
            using var server = await RespConnection.OpenAsync(login, endPoint, cancellationToken);
            return await ask(server).WaitAsync(RedisProbe.Patience, cancellationToken);
        }
        catch (Exception exception) when (exception is not (StoreUnavailableException or StoreRefusedException) && !cancellationToken.IsCancellationRequested)
        {
            throw RedisProbe.Cause(exception, login, isSentinel: false) is { } cause
                ? Refused(endPoint, cause)
                : new StoreUnavailableException(Meaning(exception));
        }
    }

    /// <summary>Finds out why a connection failed: the cause is included in the message of each command that fails from then on.</summary>
    public async Task ExplainAsync(EndPoint endPoint, CancellationToken closing)
    {
        if (Interlocked.Exchange(ref isExplaining, true))
            return;
        try
        {
            hindrance = await RedisProbe.RunAsync(login, endPoint, isSentinel: false, closing) is { } found ? Text(endPoint, found) : null;
            await Task.Delay(Pause, closing);
        }
        catch (OperationCanceledException)
        {
            // The store is closing.
        }
        finally
        {
            isExplaining = false;
        }
    }

    private StoreUnavailableException Refused(EndPoint endPoint, RedisProbe.Finding found) =>
        found.IsLogin ? new RedisLoginRefusedException(Text(endPoint, found)) : new StoreUnavailableException(Text(endPoint, found));

    private string Text(EndPoint endPoint, RedisProbe.Finding found) => $"{product.Name} at {RedisAddress.Show(endPoint)} {found.Cause}";
}
