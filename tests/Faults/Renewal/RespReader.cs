using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace GrpcCreds.Tests.Faults.Renewal;

/// <summary>Cuts one direction of a Redis connection into whole commands or replies, RESP 2 and 3.</summary>
internal sealed class RespReader(Stream stream)
{
    private readonly PipeReader reader = PipeReader.Create(stream);

    /// <summary>The next command or reply as it came, or null when the stream has ended.</summary>
    public async Task<byte[]?> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            var bytes = result.Buffer;
            if (Length(bytes) is { } length)
            {
                var frame = bytes.Slice(0, length).ToArray();
                reader.AdvanceTo(bytes.GetPosition(length));
                return frame;
            }
            reader.AdvanceTo(bytes.Start, bytes.End);
            if (result.IsCompleted)
                return null;
        }
    }

    /// <summary>The first <paramref name="most"/> strings of a command or reply, nested or not.</summary>
    public static IReadOnlyList<string> Strings(byte[] frame, int most)
    {
        var strings = new List<string>();
        for (var at = 0; at < frame.Length && strings.Count < most;)
        {
            var (kind, line) = (frame[at], Encoding.ASCII.GetString(frame, at + 1, Array.IndexOf(frame, (byte)'\n', at) - at - 2));
            at += line.Length + 3;
            if (kind is (byte)'$' && int.Parse(line, CultureInfo.InvariantCulture) is >= 0 and var length)
            {
                strings.Add(Encoding.UTF8.GetString(frame, at, length));
                at += length + 2;
            }
        }
        return strings;
    }

    // Null if it is not all there yet.
    private static long? Length(ReadOnlySequence<byte> bytes)
    {
        var scanner = new SequenceReader<byte>(bytes);
        for (var open = 1L; open > 0; open--)
        {
            if (!scanner.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
                return null;
            var text = Encoding.ASCII.GetString(line);
            var count = text[0] is '$' or '=' or '!' or '*' or '~' or '>' or '%'
                && long.TryParse(text.AsSpan(1).TrimEnd(), CultureInfo.InvariantCulture, out var number) ? number : -1;
            switch (text[0])
            {
                case '$' or '=' or '!' when count >= 0:
                    if (scanner.Remaining < count + 2)
                        return null;
                    scanner.Advance(count + 2);
                    break;
                case '*' or '~' or '>' when count > 0:
                    open += count;
                    break;
                case '%' when count > 0:
                    open += 2 * count;
                    break;
            }
        }
        return scanner.Consumed;
    }
}
