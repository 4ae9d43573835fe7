namespace GrpcCreds.SalesforceSimulator;

/// <summary>One request that has been read, until its response is sent. Applies the script to it.</summary>
internal sealed class Exchange(HttpContext context, World world, Endpoint endpoint)
{
    private readonly DateTimeOffset start = world.Options.TimeProvider.GetUtcNow();
    private readonly long stamp = world.Options.TimeProvider.GetTimestamp();
    private int ended;

    /// <summary>The user of the request, once known. It is the only information about the caller that the log keeps.</summary>
    public string? Username { get; init; }

    /// <summary>Called with the chosen response before any of it is sent.</summary>
    public Action<Answer>? Decided { get; init; }

    /// <summary>Called once, immediately before the client can have the complete response, or when it never will.</summary>
    public Action? Ended { get; init; }

    public Task RunAsync(Func<Answer> process) => RunAsync(_ => process());

    /// <param name="process">Receives the failure scripted for this request, because some failures take effect during processing.</param>
    public async Task RunAsync(Func<Failure?, Answer> process)
    {
        try
        {
            await AnswerAsync(process);
        }
        catch (OperationCanceledException) when (world.Stopping.IsCancellationRequested)
        {
            // A client that is still held or waiting sees the same as if Salesforce had disappeared.
            context.Abort();
        }
        finally
        {
            End(context.Response.HasStarted ? context.Response.StatusCode : 0);
        }
    }

    private async Task AnswerAsync(Func<Failure?, Answer> process)
    {
        await world.Holds.PassAsync(endpoint, HoldPoint.BeforeProcessing, Username, world.Stopping);
        var failure = world.Script.Take(endpoint, Username);
        if (failure?.Delivery == Delivery.ResetBeforeProcessing)
        {
            context.Abort();
            return;
        }
        var answer = failure?.Answer ?? process(failure);
        Decided?.Invoke(answer);
        await world.Holds.PassAsync(endpoint, HoldPoint.AfterProcessing, Username, world.Stopping);
        if (failure?.Delivery == Delivery.ResetAfterProcessing)
        {
            context.Abort();
            return;
        }
        // Only the sending ends when the client disconnects. As at Salesforce, a request that was read is processed even if the client has gone.
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, world.Stopping);
        await new Transmission(context, answer, failure, () => End(answer.Status), leaving.Token).SendAsync();
    }

    private void End(int status)
    {
        if (Interlocked.Exchange(ref ended, 1) != 0)
            return;
        world.Requests.Add(new RequestEntry
        {
            StartTime = start,
            Method = context.Request.Method,
            Path = context.Request.Path,
            Status = status,
            Duration = world.Options.TimeProvider.GetElapsedTime(stamp),
            Username = Username,
        });
        Ended?.Invoke();
    }
}
