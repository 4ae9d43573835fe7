using System.Net;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>
/// A request body that can be written only once and records whether it was. The headers wait in the connection's buffer until the body is requested, so this
/// is the moment before the first byte: the connection is established, and this is the last chance not to send.
/// </summary>
/// <param name="bytes">The body.</param>
/// <param name="maySend">Called right before the first byte; null allows sending.</param>
internal sealed class OnceContent(byte[] bytes, Func<bool>? maySend) : HttpContent
{
    private int started;

    public bool Started => Volatile.Read(ref started) != 0;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (maySend?.Invoke() == false)
            throw new NotSentException(NotSentReason.TooLate);
        if (Interlocked.Exchange(ref started, 1) != 0)
            throw new IOException("a request with a body is never sent twice");
        await stream.WriteAsync(bytes, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = bytes.Length;
        return true;
    }
}
