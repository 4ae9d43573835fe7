using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>
/// Finds out why there is no connection: connects once more, signs in, sends PING, and reports what fails. The client library does not
/// distinguish a refused login from a refused connection, and continues as another user where a login was refused.
/// </summary>
/// <remarks>No text contains anything the server sent or was sent.</remarks>
internal static class RedisProbe
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>The cause, as a text that continues a sentence beginning with "Redis"; null if there is no problem.</summary>
    public sealed record Finding(string Cause, bool IsLogin = false);

    /// <param name="redis">The login and TLS.</param>
    /// <param name="endPoint">The server.</param>
    /// <param name="isSentinel">Whether it is a Sentinel, whose login has settings of its own.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<Finding?> RunAsync(ConfigurationOptions redis, EndPoint endPoint, bool isSentinel, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using var connection = await RespConnection.OpenAsync(redis, endPoint, patience.Token);
            return await TryAsync(connection, redis, isSentinel, patience.Token);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && Cause(exception, redis, isSentinel) is { } cause)
        {
            return cause;
        }
    }

    /// <summary>What a failure to connect means; null if it is no such failure.</summary>
    public static Finding? Cause(Exception exception, ConfigurationOptions redis, bool isSentinel) => exception switch
    {
        OperationCanceledException => new("does not answer: no reply within 3 s; is it frozen, or does a firewall drop the packets?"),
        SocketException error => new(error.SocketErrorCode switch
        {
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain =>
                "is not found: its name cannot be resolved; correct the name, or the DNS",
            SocketError.ConnectionRefused => "is not reachable: the connection is refused; start it, or correct host and port",
            var code => $"cannot be reached ({code}); correct host and port, or the network",
        }),
        RespErrorException error => Meaning(error.Error, isSentinel),
        UntrustedCertificateException => new(
            "presents a TLS certificate that is not trusted, not currently valid or not issued for this name; "
            + $"correct it, sslHost or the trusted authorities ({RedisAuthorities.Setting})"),
        InvalidDataException { Message: RespErrorException.TlsAlert } => new("uses TLS on this port; set ssl=true"),
        InvalidDataException => new("is not Redis: the server at this address uses another protocol; correct host and port"),
        IOException or AuthenticationException when redis.Ssl =>
            new("does not accept the TLS connection: it does not use TLS on this port, or requires a client certificate; correct ssl or the port"),
        IOException => new("closes the connection immediately; does it require TLS (ssl=true), or is it not Redis?"),
        _ => null,
    };

    private static async Task<Finding?> TryAsync(
        RespConnection connection, ConfigurationOptions redis, bool isSentinel, CancellationToken cancellationToken)
    {
        if (await connection.AskAsync(["PING"], cancellationToken) is { IsError: true } refused)
            return Meaning(refused.Text!, isSentinel);
        // A server whose user "default" needs no password may let anyone in as that user, whatever was sent.
        if (redis.User is { Length: > 0 } user && await connection.AskAsync(["ACL", "WHOAMI"], cancellationToken) is { IsError: false } who && who.Text != user)
            return new("accepts the connection as another user than the one that is set; correct user and password", IsLogin: true);
        return null;
    }

    private static Finding? Meaning(string error, bool isSentinel) => error switch
    {
        _ when error.StartsWith("WRONGPASS", StringComparison.Ordinal) => new("refuses the login: user or password is wrong (WRONGPASS)", IsLogin: true),
        _ when error.StartsWith("NOAUTH", StringComparison.Ordinal) =>
            new($"requires a password and none is set (NOAUTH); set {Setting(isSentinel, "Password")} or {Setting(isSentinel, "PasswordFile")}", IsLogin: true),
        _ when error.StartsWith("ERR AUTH", StringComparison.Ordinal) =>
            new("has no password for its user default, but one is set here; name the user, or remove the password", IsLogin: true),
        // Signed in, but not allowed to PING: missing permissions show with the store's own commands.
        _ when error.StartsWith("NOPERM", StringComparison.Ordinal) => null,
        _ when error.StartsWith("DENIED", StringComparison.Ordinal) =>
            new("is in protected mode and accepts connections only from its own machine; set bind and a password there"),
        _ when error.StartsWith("LOADING", StringComparison.Ordinal) => new("is still loading its data"),
        _ when error.StartsWith("MASTERDOWN", StringComparison.Ordinal) => new("is a replica that has lost its master"),
        _ when error.StartsWith("MISCONF", StringComparison.Ordinal) => new("cannot write to its disk and accepts no writes"),
        _ when error.StartsWith("ERR max number of clients", StringComparison.Ordinal) => new("has reached maxclients"),
        _ => new("refuses PING"),
    };

    private static string Setting(bool isSentinel, string name) => $"{RedisOptions.Section}:{(isSentinel ? "Sentinel" : "")}{name}";
}
