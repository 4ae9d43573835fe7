using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>
/// One connection to one named server, signed in. It never reconnects, never follows a redirection and discovers no other servers, so what it says is
/// said by that server about itself. The client library does all three; it is used for the data.
/// </summary>
/// <remarks>One caller at a time. After an exception the connection is of no more use.</remarks>
internal sealed class RespConnection : IDisposable
{
    /// <summary>The longest answer: that of CLUSTER NODES, some 150 bytes a node.</summary>
    private const int Longest = 1 << 20;

    private readonly Socket socket;
    private readonly Stream stream;
    private byte[] buffer = new byte[4096];
    private int start;
    private int end;

    private RespConnection(Socket socket, Stream stream) => (this.socket, this.stream) = (socket, stream);

    /// <summary>Connects and signs in with the user and password of <paramref name="redis"/>.</summary>
    /// <exception cref="RespErrorException">The login was refused.</exception>
    /// <exception cref="SocketException">It cannot be reached; other failures are <see cref="IOException"/> and AuthenticationException.</exception>
    public static async Task<RespConnection> OpenAsync(ConfigurationOptions redis, EndPoint endPoint, CancellationToken cancellationToken)
    {
        var socket = endPoint.AddressFamily == AddressFamily.Unix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (redis.Ssl)
                stream = await SecureAsync(stream, redis, endPoint, cancellationToken);
            var connection = new RespConnection(socket, stream);
            var password = redis.Password ?? "";
            string[] login = redis.User is { Length: > 0 } user ? ["AUTH", user, password] : password.Length > 0 ? ["AUTH", password] : [];
            if (login.Length > 0 && await connection.AskAsync(login, cancellationToken) is { IsError: true } refused)
                throw new RespErrorException(refused.Text!);
            return connection;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <returns>The answer, which may be an error.</returns>
    /// <exception cref="IOException">The server closed the connection.</exception>
    /// <exception cref="InvalidDataException">The answer is not RESP.</exception>
    public async Task<Resp> AskAsync(string[] command, CancellationToken cancellationToken) => (await AskAllAsync([command], cancellationToken))[0];

    /// <summary>Sends all commands before it reads the first answer.</summary>
    /// <inheritdoc cref="AskAsync"/>
    public async Task<Resp[]> AskAllAsync(string[][] commands, CancellationToken cancellationToken)
    {
        var request = new StringBuilder();
        foreach (var command in commands)
        {
            request.Append('*').Append(command.Length).Append("\r\n");
            foreach (var word in command)
                request.Append('$').Append(Encoding.UTF8.GetByteCount(word)).Append("\r\n").Append(word).Append("\r\n");
        }
        await stream.WriteAsync(Encoding.UTF8.GetBytes(request.ToString()), cancellationToken);
        var answers = new Resp[commands.Length];
        for (var i = 0; i < answers.Length; i++)
            answers[i] = await ReadAsync(depth: 0, cancellationToken);
        return answers;
    }

    public void Dispose()
    {
        stream.Dispose();
        socket.Dispose();
    }

    private static async Task<Stream> SecureAsync(Stream plain, ConfigurationOptions redis, EndPoint endPoint, CancellationToken cancellationToken)
    {
        var host = redis.SslHost ?? (endPoint as DnsEndPoint)?.Host ?? (endPoint as IPEndPoint)?.Address.ToString() ?? "";
        var options = redis.SslClientAuthenticationOptions?.Invoke(host) ?? new SslClientAuthenticationOptions { TargetHost = host };
        var isRefused = false;
        options.RemoteCertificateValidationCallback = (_, _, _, errors) => !(isRefused = errors != SslPolicyErrors.None);
        var tls = new SslStream(plain);
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancellationToken);
            return tls;
        }
        catch (Exception exception)
        {
            await tls.DisposeAsync();
            if (isRefused)
                throw new UntrustedCertificateException(exception);
            throw;
        }
    }

    private async Task<Resp> ReadAsync(int depth, CancellationToken cancellationToken)
    {
        var line = await LineAsync(cancellationToken);
        switch (line)
        {
            case ['+' or ':', ..]:
                return new Resp(line[1..]);
            case ['-', ..]:
                return new Resp(line[1..], IsError: true);
            case ['$', ..] when int.TryParse(line[1..], out var length) && length <= Longest:
                return new Resp(length < 0 ? null : await BulkAsync(length, cancellationToken));
            case ['*', ..] when int.TryParse(line[1..], out var count) && count <= Longest && depth < 8:
                var items = new List<Resp>();
                while (items.Count < count)
                    items.Add(await ReadAsync(depth + 1, cancellationToken));
                return new Resp(null) { Items = items };
            default:
                throw new InvalidDataException(line.StartsWith('\x15') ? RespErrorException.TlsAlert : RespErrorException.NotRedis);
        }
    }

    private async Task<string> LineAsync(CancellationToken cancellationToken)
    {
        int length;
        while ((length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n')) < 0)
        {
            // What does not begin like an answer is none, however long it goes on.
            if (end > start && !"+-:$*"u8.Contains(buffer[start]))
                return Encoding.Latin1.GetString(buffer, start, end - start);
            await FillAsync(cancellationToken);
        }
        var line = Encoding.UTF8.GetString(buffer, start, length).TrimEnd('\r');
        start += length + 1;
        return line;
    }

    private async Task<string> BulkAsync(int length, CancellationToken cancellationToken)
    {
        while (end - start < length + 2)
            await FillAsync(cancellationToken);
        var text = Encoding.UTF8.GetString(buffer, start, length);
        start += length + 2;
        return text;
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }
        if (end == buffer.Length)
        {
            if (end > Longest)
                throw new InvalidDataException(RespErrorException.NotRedis);
            Array.Resize(ref buffer, end * 2);
        }
        var read = await stream.ReadAsync(buffer.AsMemory(end), cancellationToken);
        if (read == 0)
            throw new EndOfStreamException();
        end += read;
    }
}
