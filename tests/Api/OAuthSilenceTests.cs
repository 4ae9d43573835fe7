using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using System.Net;
using System.Net.Sockets;
using System.Text;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Api.Pages;
using GrpcCreds.Server.Callers.Limits;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.Setup;
using GrpcCreds.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.Api;

/// <summary>No log, trace, event or metric contains a code or a state, whatever is turned on. The services of these tests log at Trace.</summary>
public sealed class OAuthSilenceTests : OAuthPageTest
{
    private const string Canary = "c4naryc0de";

    [Fact]
    public async Task Setups_leave_neither_code_nor_state_in_logs_traces_events_or_metrics()
    {
        // What OpenTelemetry would receive of each request. The host reads this when it starts.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        await using var service = await Service.StartAsync(Simulator, settings: Settings);
        using var recorder = new Recorder(service.Http);
        var secrets = new List<string> { Canary };

        await SetAsync();
        async Task<Uri> CallbackAsync()
        {
            var setup = await service.Client.StartOAuthSetupAsync(new() { TenantId = "acme" });
            var callback = new Uri(service.Http, (await SignInAsync(setup.AuthorizationUrl)).PathAndQuery);
            secrets.AddRange(callback.Query[1..].Split('&').Select(pair => pair.Split('='))
                .Where(pair => pair[0] is "code" or "state").Select(pair => pair[1]));
            await GetAsync(new Uri(service.Http, new Uri(setup.StartUrl).PathAndQuery));
            return callback;
        }
        await service.Client.SetOAuthCredentialAsync(new() { TenantId = "acme", OrgId = Configured.OrgId, UserId = Configured.UserId });
        var done = await CallbackAsync();
        (await GetAsync(done)).Says(200, "OAuth is set up and in force");
        await GetAsync(done);
        Simulator.SetConsent(Consent.Deny);
        await GetAsync(await CallbackAsync());
        foreach (var path in new[] { "/oauth/callback", "/OAuth/Callback/", "//oauth/callback", "/elsewhere", "/healthz/live", "/" })
            await GetAsync(new Uri($"{service.Http.GetLeftPart(UriPartial.Authority)}{path}?code={Canary}&state={secrets[^1]}"));
        await SendAsync(HttpMethod.Post, new Uri(service.Http, $"/oauth/callback?code={Canary}"));
        await SendAsync(HttpMethod.Post, new Uri(service.Http, $"/development/clock?advance={Canary}"));

        Assert.True(secrets.Count >= 4);
        // They were listened to: without this an empty recording would pass.
        var recorded = recorder.Everything().Concat(service.Logs.GetSnapshot().Select(Text)).ToList();
        Assert.Contains(recorded, text => text.Contains("Request starting", StringComparison.Ordinal)
            && text.Contains("/oauth/callback", StringComparison.Ordinal));
        Assert.Contains(recorded, text => text.StartsWith("activity", StringComparison.Ordinal) && text.Contains("/oauth/callback", StringComparison.Ordinal));
        Assert.Contains(recorded, text => text.StartsWith("metric http.server.request.duration", StringComparison.Ordinal));
        Assert.Contains(recorded, text => text.StartsWith("event Microsoft.AspNetCore.Hosting", StringComparison.Ordinal));
        foreach (var secret in secrets)
            Assert.DoesNotContain(recorded, text => text.Contains(secret, StringComparison.OrdinalIgnoreCase)
                || text.Contains(Uri.UnescapeDataString(secret), StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData($"GET /oauth/callback?code={Canary}\r\n\r\n")]
    [InlineData($"GET /oauth/callback?code={Canary} HTTP/9.9\r\n\r\n")]
    [InlineData($"GET /oauth/callback?code={Canary} x HTTP/1.1\r\nHost: h\r\n\r\n")]
    [InlineData($"G@T /oauth/callback?code={Canary} HTTP/1.1\r\nHost: h\r\n\r\n")]
    [InlineData($"GET oauth/callback?code={Canary} HTTP/1.1\r\nHost: h\r\n\r\n")]
    [InlineData($"GET /oauth/call\0back?code={Canary} HTTP/1.1\r\nHost: h\r\n\r\n")]
    [InlineData($"GET /oauth/callback%00?code={Canary} HTTP/1.1\r\nHost: h\r\n\r\n")]
    [InlineData($"GET /oauth/callback?code={Canary} HTTP/1.1\r\n\r\n")]
    [InlineData($"GET /oauth/callback?code={Canary} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData($"GET / HTTP/1.1\r\nHost: /oauth/callback?code={Canary}\r\n\r\n")]
    [InlineData($"GET / HTTP/1.1\r\nHost: h\r\nReferer /oauth/callback?code={Canary}\r\n\r\n")]
    [InlineData($"GET / HTTP/1.1\r\nHost: h\r\nReferer: /oauth/callback?code={Canary}\0\r\n\r\n")]
    [InlineData($"GET http://h/oauth/callback?code={Canary} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")]
    [InlineData($"GET http://other/oauth/callback?code={Canary} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")]
    [InlineData($"CONNECT /oauth/callback?code={Canary} HTTP/1.1\r\nHost: h\r\n\r\n")]
    [InlineData($"GET /oauth/callback?code={Canary} HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n")]
    [InlineData($"GET /oauth/callback?code={Canary} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: {Canary}\r\n\r\n")]
    public async Task A_request_that_cannot_be_read_is_not_logged_word_for_word(string request)
    {
        using var recorder = new Recorder(Service.Http);
        foreach (var door in new[] { Service.Http, Service.Grpc })
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, door.Port, TestContext.Current.CancellationToken);
            var stream = socket.GetStream();
            await stream.WriteAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
            socket.Client.Shutdown(SocketShutdown.Send);
            using var answer = new MemoryStream();
            await stream.CopyToAsync(answer, TestContext.Current.CancellationToken).WaitAsync(Waiting.Long);
            Assert.DoesNotContain(Canary, Encoding.Latin1.GetString(answer.ToArray()), StringComparison.Ordinal);
        }
        Assert.DoesNotContain(recorder.Everything().Concat(Service.Logs.GetSnapshot().Select(Text)), text => text.Contains(Canary, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_page_that_fails_shows_and_logs_nothing_of_its_query()
    {
        var log = new FakeLogger<OAuthPages>();
        var pages = new OAuthPages(null!, null!, new CallerLimits(Options.Create(new LimitsOptions())),
            Options.Create(new SalesforceOptions()), new FailingClock(), log);
        var state = OAuthState.Of(TenantId.Parse("acme"), new byte[32]).Value.Reveal();
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { Request = { QueryString = new($"?state={state}&error={Canary}") }, Response = { Body = body } };
        context.Request.Headers.Cookie = $"grpccreds-setup-{OAuthState.Parse(state)!.Hash[..32]}=1";
        HiddenQuery.Hide(context.Features);

        await pages.CallbackAsync(context);
        Assert.Equal((500, 510), (context.Response.StatusCode, log.LatestRecord.Id.Id));
        Assert.Contains(nameof(FailingClock), log.LatestRecord.Message, StringComparison.Ordinal);
        foreach (var text in new[] { Text(log.LatestRecord), Encoding.UTF8.GetString(body.ToArray()) })
        {
            Assert.DoesNotContain(Canary, text, StringComparison.Ordinal);
            Assert.DoesNotContain(state, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_next_request_of_a_connection_does_not_have_the_query_of_the_one_before()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, Service.Http.Port, TestContext.Current.CancellationToken);
        var before = Service.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        const string Twice = "POST /development/clock?advance=01:00:00 HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"
            + "POST /development/clock HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Twice), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(socket.GetStream());
        var answers = await reader.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Waiting.Long);
        Assert.Contains("HTTP/1.1 200", answers, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 400", answers, StringComparison.Ordinal);
        Assert.InRange(Service.Services.GetRequiredService<TimeProvider>().GetUtcNow() - before, TimeSpan.FromHours(1), TimeSpan.FromHours(1.9));
    }

    [Fact]
    public async Task The_pages_are_on_the_HTTP_port_alone_and_gRPC_on_its_own()
    {
        using var http = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        foreach (var path in new[] { OAuthPages.StartPath, OAuthPages.CallbackPath })
        {
            using var answer = await http.GetAsync(new Uri(Service.Grpc, $"{path}?state={Canary}&code={Canary}"), TestContext.Current.CancellationToken);
            Assert.Equal((404, 0), ((int)answer.StatusCode, (await answer.Content.ReadAsByteArrayAsync()).Length));
        }
        Assert.DoesNotContain(Service.Logs.GetSnapshot().Select(Text), text => text.Contains(Canary, StringComparison.Ordinal));

        using var call = new HttpRequestMessage(HttpMethod.Post, new Uri(Service.Http, "/grpccreds.v1.SyncCredentials/ListCredentialStatuses"));
        call.Content = new ByteArrayContent(new byte[5]) { Headers = { { "Content-Type", "application/grpc" } } };
        using var http1 = new HttpClient();
        using var refused = await http1.SendAsync(call, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UpgradeRequired, refused.StatusCode);
    }

    private static string Text(FakeLogRecord record) =>
        $"{record} {record.Exception} {string.Join(' ', record.StructuredState ?? [])} {string.Join(' ', record.Scopes.Select(Text))}";

    private static string? Text(object? scope) =>
        scope is IEnumerable<KeyValuePair<string, object>> pairs ? string.Join(' ', pairs) : scope?.ToString();

    private sealed class FailingClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => throw new InvalidOperationException($"failed with {Canary}");
    }

    /// <summary>
    /// Listens to all traces, metrics and events of this process. Traces of the simulator and of the tests' own browsers are not the
    /// service's.
    /// </summary>
    private sealed class Recorder : EventListener
    {
        private readonly ConcurrentQueue<string> texts = new();
        private readonly ConcurrentQueue<Activity> stopped = new();
        private readonly ActivityListener activities;
        private readonly MeterListener metrics;
        private readonly Uri service;

        public Recorder(Uri service)
        {
            this.service = service;
            activities = new ActivityListener
            {
                ShouldListenTo = source => source.Name != "System.Net.Http",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = activity => stopped.Enqueue(activity),
            };
            ActivitySource.AddActivityListener(activities);
            metrics = new MeterListener { InstrumentPublished = (instrument, listener) => listener.EnableMeasurementEvents(instrument) };
            metrics.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Add(instrument, tags));
            metrics.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Add(instrument, tags));
            metrics.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Add(instrument, tags));
            metrics.Start();
        }

        public IEnumerable<string> Everything() => texts.Concat(stopped.Where(IsOurs).Select(activity =>
            $"activity {activity.Source.Name} {activity.DisplayName} {string.Join(' ', activity.TagObjects)} {string.Join(' ', activity.Baggage)} "
            + string.Join(' ', activity.Events.Select(happened => $"{happened.Name} {string.Join(' ', happened.Tags)}"))));

        public override void Dispose()
        {
            activities.Dispose();
            metrics.Dispose();
            base.Dispose();
        }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name is "Microsoft.AspNetCore.Hosting" or "Microsoft-AspNetCore-Server-Kestrel" or "Grpc.AspNetCore.Server")
                EnableEvents(eventSource, EventLevel.LogAlways, EventKeywords.All);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData) =>
            texts?.Enqueue($"event {eventData.EventSource.Name} {eventData.EventName} {string.Join(' ', eventData.Payload ?? new([]))}");

        private bool IsOurs(Activity activity) => activity.GetTagItem("server.port") is not { } port || Convert.ToInt32(port, null) == service.Port;

        private void Add(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            texts.Enqueue($"metric {instrument.Name} {string.Join(' ', tags.ToArray())}");
    }
}
