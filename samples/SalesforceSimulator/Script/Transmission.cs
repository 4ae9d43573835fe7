using System.Text;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>Sends one response by one of the methods of <see cref="Delivery"/>.</summary>
/// <param name="context">The request to answer.</param>
/// <param name="answer">The response.</param>
/// <param name="failure">How to send it; null: normally.</param>
/// <param name="lastBytes">Called immediately before the end of the response is sent, because afterwards the client may already ask for the result.</param>
/// <param name="cancellationToken">Cancelled when the client disconnects or the simulator ends.</param>
internal sealed class Transmission(HttpContext context, Answer answer, Failure? failure, Action lastBytes, CancellationToken cancellationToken)
{
    private static readonly ReadOnlyMemory<byte> Spaces = Encoding.ASCII.GetBytes(new string(' ', 4096));

    private readonly byte[] body = Encoding.UTF8.GetBytes(answer.Body);

    public Task SendAsync() => failure?.Delivery switch
    {
        Delivery.SlowHeaders => SendSlowlyAsync(failure.Pause),
        Delivery.DribbledBody => DribbleAsync(failure.Pause),
        Delivery.EndlessBody => SendForEverAsync(),
        Delivery.Oversized => SendWholeAsync([.. body, .. Enumerable.Repeat((byte)' ', failure.Bytes)]),
        Delivery.LyingContentLength => LieAsync(body.Length + failure.Bytes),
        Delivery.Truncated => SendHalfAsync(),
        _ => SendWholeAsync(body),
    };

    private async Task SendWholeAsync(byte[] bytes)
    {
        Head(bytes.Length);
        lastBytes();
        await context.Response.Body.WriteAsync(bytes, cancellationToken);
    }

    private async Task SendSlowlyAsync(TimeSpan pause)
    {
        await Task.Delay(pause, cancellationToken);
        await SendWholeAsync(body);
    }

    private async Task DribbleAsync(TimeSpan pause)
    {
        Head(body.Length);
        for (var i = 0; i < body.Length; i++)
        {
            if (i == body.Length - 1)
                lastBytes();
            await SendNowAsync(body.AsMemory(i, 1));
            await Task.Delay(pause, cancellationToken);
        }
    }

    private async Task SendForEverAsync()
    {
        Head(length: null);
        while (true)
            await SendNowAsync(Spaces);
    }

    private async Task LieAsync(int length)
    {
        length = Math.Max(length, 0);
        Head(length);
        if (length <= body.Length)
            lastBytes();
        await SendNowAsync(body.AsMemory(0, Math.Min(length, body.Length)));
        if (length > body.Length)
            await Task.Delay(Timeout.Infinite, cancellationToken);
    }

    private async Task SendHalfAsync()
    {
        Head(body.Length);
        lastBytes();
        // Kestrel closes the connection of a response that is shorter than its Content-Length.
        await SendNowAsync(body.AsMemory(0, body.Length / 2));
    }

    private void Head(long? length)
    {
        var response = context.Response;
        response.StatusCode = answer.Status;
        response.ContentType = answer.ContentType;
        response.ContentLength = length;
        foreach (var (name, value) in answer.Headers)
            response.Headers[name] = value;
    }

    private async Task SendNowAsync(ReadOnlyMemory<byte> bytes)
    {
        await context.Response.Body.WriteAsync(bytes, cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
    }
}
