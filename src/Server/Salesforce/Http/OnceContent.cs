using System.Net;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>
/// A request's body that can be written once and knows whether it was. Headers wait in the connection's buffer until the body is asked for,
/// so this is the moment before the first byte: the connection stands, and it is the last moment to say no.
/// </summary>
/// <param name="bytes">The body.</param>
/// <param name="maySend">Asked right before the first byte; null is yes.</param>
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
            throw new IOException("what has a body is never sent twice");
        await stream.WriteAsync(bytes, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = bytes.Length;
        return true;
    }
}
