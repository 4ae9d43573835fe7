using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GrpcCreds.Tests.Robustness.Supervisor;

/// <summary>One command to one node on a connection of its own, as redis-cli does, also to a Sentinel.</summary>
internal static class Resp
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>A text, or a list of replies.</summary>
    public sealed record Reply(string Text, IReadOnlyList<Reply> Items)
    {
        public IEnumerable<string> Texts => Items.Select(item => item.Text);

        /// <summary>The value after a name, in a list of names and values.</summary>
        public string Field(string name) => Texts.SkipWhile(text => text != name).Skip(1).FirstOrDefault("");
    }

    /// <exception cref="IOException">The node is not there, or does not answer.</exception>
    /// <exception cref="InvalidOperationException">It answered with an error.</exception>
    public static async Task<Reply> AskAsync(IPEndPoint node, params string[] command)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(node, patience.Token);
            var request = $"*{command.Length}\r\n" + string.Concat(command.Select(word => $"${Encoding.Latin1.GetByteCount(word)}\r\n{word}\r\n"));
            await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request), patience.Token);
            using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
            return await ReadAsync(reader, patience.Token);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            throw new IOException($"{node} does not answer {command[0]}", e);
        }
    }

    private static async Task<Reply> ReadAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var line = await reader.ReadLineAsync(cancellationToken) ?? throw new IOException("the connection ended");
        var rest = line[1..];
        switch (line[0])
        {
            case '-':
                throw new InvalidOperationException(rest);
            case '$':
                var text = new char[Math.Max(int.Parse(rest, CultureInfo.InvariantCulture), -2) + 2];
                if (text.Length > 1 && await reader.ReadBlockAsync(text, cancellationToken) < text.Length)
                    throw new IOException("the connection ended");
                return new(text.Length > 1 ? new string(text[..^2]) : "", []);
            case '*':
                var items = new List<Reply>();
                for (var left = int.Parse(rest, CultureInfo.InvariantCulture); left > 0; left--)
                    items.Add(await ReadAsync(reader, cancellationToken));
                return new("", items);
            default:
                return new(rest, []);
        }
    }
}
