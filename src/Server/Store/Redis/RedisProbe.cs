using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>
/// Finds out why there is no connection: connects once more, signs in, sends PING, and reports what fails. The client library does not
/// distinguish a refused login from a refused connection, and continues as another user where a login was refused.
/// </summary>
/// <remarks>No text contains anything the server sent or was sent.</remarks>
internal static class RedisProbe
{
    private const byte TlsAlert = 0x15;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>The cause, as a text that continues a sentence beginning with "Redis"; null if there is no problem.</summary>
    public sealed record Finding(string Cause, bool IsLogin = false);

    public static async Task<Finding?> RunAsync(ConfigurationOptions redis, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var isCertificateRefused = false;
        try
        {
            return await TryAsync(redis, errors => isCertificateRefused = errors != SslPolicyErrors.None, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new("does not answer: no reply within 3 s; is it frozen, or does a firewall drop the packets?");
        }
        catch (SocketException exception)
        {
            return new(exception.SocketErrorCode switch
            {
                SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain =>
                    "is not found: its name cannot be resolved; correct the name, or the DNS",
                SocketError.ConnectionRefused => "is not reachable: the connection is refused; start it, or correct host and port",
                var error => $"cannot be reached ({error}); correct host and port, or the network",
            });
        }
        catch (AuthenticationException) when (isCertificateRefused)
        {
            return new(
                "presents a TLS certificate that is not trusted, not currently valid or not issued for this name; "
                + "correct it, sslHost or the trusted authorities");
        }
        catch (Exception exception) when (redis.Ssl && exception is IOException or AuthenticationException)
        {
            return new("does not accept the TLS connection: it does not use TLS on this port, or requires a client certificate; correct ssl or the port");
        }
        catch (IOException)
        {
            return new("closes the connection immediately; does it require TLS (ssl=true), or is it not Redis?");
        }
    }

    private static async Task<Finding?> TryAsync(ConfigurationOptions redis, Func<SslPolicyErrors, bool> isRefused, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        var endPoint = redis.EndPoints[0];
        using var own = endPoint.AddressFamily == AddressFamily.Unix ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : null;
        await (own ?? socket).ConnectAsync(endPoint, cancellationToken);
        await using var plain = new NetworkStream(own ?? socket);
        await using var tls = redis.Ssl ? new SslStream(plain) : null;
        if (tls is not null)
        {
            var host = redis.SslHost ?? (endPoint as DnsEndPoint)?.Host ?? (endPoint as IPEndPoint)?.Address.ToString() ?? "";
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = host,
                RemoteCertificateValidationCallback = (_, _, _, errors) => !isRefused(errors),
            }, cancellationToken);
        }

        Stream stream = tls is null ? plain : tls;
        var password = redis.Password ?? "";
        string[] auth = redis.User is { Length: > 0 } user ? ["AUTH", user, password] : password.Length > 0 ? ["AUTH", password] : [];
        if (auth.Length > 0)
        {
            if (Meaning(await AskAsync(stream, auth, cancellationToken), "+OK") is { } refused)
                return refused;
        }
        return Meaning(await AskAsync(stream, ["PING"], cancellationToken), "+PONG");
    }

    private static Finding? Meaning(string answer, string wanted) => answer switch
    {
        _ when answer.StartsWith(wanted, StringComparison.Ordinal) => null,
        _ when answer.StartsWith("-WRONGPASS", StringComparison.Ordinal) => new("refuses the login: user or password is wrong (WRONGPASS)", IsLogin: true),
        _ when answer.StartsWith("-NOAUTH", StringComparison.Ordinal) =>
            new("requires a password and none is set (NOAUTH); set Redis:Password or Redis:PasswordFile", IsLogin: true),
        _ when answer.StartsWith("-ERR AUTH", StringComparison.Ordinal) =>
            new("has no password for its user default, but one is set here; name the user, or remove the password", IsLogin: true),
        // Signed in, but not allowed to PING: missing permissions show with the store's own commands.
        _ when answer.StartsWith("-NOPERM", StringComparison.Ordinal) => null,
        _ when answer.StartsWith("-DENIED", StringComparison.Ordinal) =>
            new("is in protected mode and accepts connections only from its own machine; set bind and a password there"),
        _ when answer.StartsWith("-LOADING", StringComparison.Ordinal) => new("is still loading its data"),
        _ when answer.StartsWith("-MASTERDOWN", StringComparison.Ordinal) => new("is a replica that has lost its master"),
        _ when answer.StartsWith("-MISCONF", StringComparison.Ordinal) => new("cannot write to its disk and accepts no writes"),
        _ when answer.StartsWith("-ERR max number of clients", StringComparison.Ordinal) => new("has reached maxclients"),
        _ when answer.Length > 0 && answer[0] == (char)TlsAlert => new("uses TLS on this port; set ssl=true"),
        _ when answer.StartsWith('-') => new("refuses PING"),
        "" => new("closes the connection immediately; does it require TLS (ssl=true), or is it not Redis?"),
        _ => new("is not Redis: the server at this address uses another protocol; correct host and port"),
    };

    private static async Task<string> AskAsync(Stream stream, string[] command, CancellationToken cancellationToken)
    {
        var request = new StringBuilder().Append('*').Append(command.Length).Append("\r\n");
        foreach (var word in command)
            request.Append('$').Append(Encoding.UTF8.GetByteCount(word)).Append("\r\n").Append(word).Append("\r\n");
        await stream.WriteAsync(Encoding.UTF8.GetBytes(request.ToString()), cancellationToken);
        var answer = new byte[256];
        var length = 0;
        while (length < answer.Length && answer.AsSpan(0, length).IndexOf((byte)'\n') < 0)
        {
            var read = await stream.ReadAsync(answer.AsMemory(length), cancellationToken);
            if (read == 0)
                break;
            length += read;
        }
        return Encoding.Latin1.GetString(answer, 0, length);
    }
}
