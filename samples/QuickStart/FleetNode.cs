using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using GrpcCreds.Client;
using GrpcCreds.V1;

namespace GrpcCreds.QuickStart;

/// <summary>
/// A node of the fleet, which calls Salesforce repeatedly. Every second node has operations that hold a session for up to three seconds: it reports
/// itself when it has changed over to a newer session, and asks for a replacement when Salesforce refuses its session. The other nodes leave everything
/// to the client's HTTP handler.
/// </summary>
internal sealed class FleetNode : IAsyncDisposable
{
    private const string Path = "services/data/v64.0";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly CredentialWatch watch;
    private readonly CredentialSource source;
    private readonly HttpClient http;
    private readonly TimeSpan operation;
    private readonly CancellationTokenSource stop = new();
    private readonly Task working;
    private readonly Task listening;
    private (long Revision, long Timestamp) arrived;

    public FleetNode(int number, Uri service)
    {
        var hasOperations = number % 2 == 0;
        watch = new CredentialWatch(new()
        {
            Address = service,
            NodeId = $"sync-{number:00}",
            ReportApplied = hasOperations ? ReportApplied.WhenTold : ReportApplied.WhenTaken,
            ConfigureHandler = handler => handler.UseProxy = false,
        });
        source = watch.For(Stage.Tenant);
        operation = hasOperations ? TimeSpan.FromSeconds(3.0 * number / FleetStory.Size) : TimeSpan.Zero;
        var plain = new SocketsHttpHandler { UseProxy = false };
        http = hasOperations
            ? new(plain)
            : new(new SalesforceSessionHandler(source) { InnerHandler = plain }) { BaseAddress = SalesforceSessionHandler.BaseAddress };
        listening = ListenAsync();
        working = WorkAsync(hasOperations ? OperateAsync : CallAsync);
    }

    /// <summary>Calls that Salesforce accepted, immediately or when they were repeated.</summary>
    public int Accepted { get; private set; }

    /// <summary>Calls that failed.</summary>
    public int Failed { get; private set; }

    /// <summary>The newest revision that the node has, and when it arrived.</summary>
    public (long Revision, long Timestamp) Arrived
    {
        get
        {
            lock (stop)
                return arrived;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await working;
        await watch.DisposeAsync();
        await listening;
        http.Dispose();
        stop.Dispose();
    }

    private async Task ListenAsync()
    {
        await foreach (var answer in source.ChangesAsync())
        {
            lock (stop)
                arrived = (answer.Revision, Stopwatch.GetTimestamp());
        }
    }

    // A call that is running at the end counts as neither accepted nor failed. No wait may outlast the node, because no session may ever arrive once
    // the service is stopped too.
    private async Task WorkAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The node is being disposed.
        }
    }

    private async Task CallAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            using var response = await http.GetAsync(new Uri(Path, UriKind.Relative), stop.Token);
            Count(response.StatusCode);
            await PauseAsync();
        }
    }

    // Operations run one after the other. Each keeps its first session as long as Salesforce accepts it.
    private async Task OperateAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            var session = await source.GetAsync(stop.Token);
            source.ReportApplied(session);
            for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < operation && !stop.IsCancellationRequested; await PauseAsync())
                session = await CallAsync(session);
        }
    }

    private async Task<SalesforceSession> CallAsync(SalesforceSession session)
    {
        var status = await GetAsync(session);
        if (status == HttpStatusCode.Unauthorized
            && await source.ReplaceAsync(session, FailureClass.SessionRefused, "INVALID_SESSION_ID", stop.Token) is { } newer)
        {
            session = newer;
            source.ReportApplied(session);
            status = await GetAsync(session);
        }
        Count(status);
        return session;
    }

    private async Task<HttpStatusCode> GetAsync(SalesforceSession session)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{session.InstanceUrl}/{Path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session.RevealAccessToken());
        using var response = await http.SendAsync(request, stop.Token);
        return response.StatusCode;
    }

    private void Count(HttpStatusCode status)
    {
        if (status == HttpStatusCode.OK)
            Accepted++;
        else
            Failed++;
    }

    private async Task PauseAsync() => await Task.Delay(Pause, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
