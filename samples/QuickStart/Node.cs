using System.Diagnostics;
using System.Net.Http.Headers;
using System.Threading.Channels;
using GrpcCreds.Client;

namespace GrpcCreds.QuickStart;

/// <summary>A sync node, as an application would implement it: it asks for a tenant's source once and then receives every change.</summary>
internal sealed class Node : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Channel<Arrival> arrivals = Channel.CreateUnbounded<Arrival>();
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly CredentialWatch watch;
    private readonly Task reading;

    public Node(string name, Uri service)
    {
        Name = name;
        watch = new CredentialWatch(new() { Address = service, NodeId = name, ConfigureHandler = handler => handler.UseProxy = false });
        Source = watch.For(Stage.Tenant);
        reading = ReadAsync();
    }

    public string Name { get; }

    public CredentialSource Source { get; }

    /// <summary>true if nothing has arrived since the last <see cref="NextAsync"/>.</summary>
    public bool HeardNothing => !arrivals.Reader.TryPeek(out _);

    /// <summary>Waits for what the node receives next.</summary>
    /// <exception cref="StoryException">Nothing arrived.</exception>
    public async Task<Arrival> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await arrivals.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(Patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new StoryException($"{Name} received nothing for {Patience.TotalSeconds} s.");
        }
    }

    /// <summary>Calls Salesforce with the session that the node holds, as a sync would.</summary>
    public async Task<int> CallSalesforceAsync(CancellationToken cancellationToken)
    {
        var session = await Source.GetAsync(cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{session.InstanceUrl}/services/data/v64.0");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session.RevealAccessToken());
        using var response = await http.SendAsync(request, cancellationToken);
        return (int)response.StatusCode;
    }

    /// <summary>Calls Salesforce repeatedly with the session that the node holds, until it is stopped.</summary>
    /// <returns>How many calls were accepted and how many failed. A call that is running at the end counts as neither.</returns>
    public async Task<(int Accepted, int Failed)> KeepCallingAsync(CancellationToken stop)
    {
        var (accepted, failed) = (0, 0);
        try
        {
            while (true)
            {
                if (await CallSalesforceAsync(stop) == 200)
                    accepted++;
                else
                    failed++;
                await Task.Delay(TimeSpan.FromMilliseconds(5), stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return (accepted, failed);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await watch.DisposeAsync();
        await reading;
        http.Dispose();
    }

    // Ends with the source, when the watch is disposed.
    private async Task ReadAsync()
    {
        await foreach (var answer in Source.ChangesAsync())
            arrivals.Writer.TryWrite(new(answer, Stopwatch.GetTimestamp()));
    }
}

/// <summary>What a node received, and when by the monotonic clock.</summary>
internal sealed record Arrival(CredentialAnswer Answer, long Timestamp);
