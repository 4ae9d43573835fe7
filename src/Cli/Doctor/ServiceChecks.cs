using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Reflection;
using Grpc.Core;
using Grpc.Health.V1;
using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Commands;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;

namespace GrpcCreds.Cli.Doctor;

/// <summary>The service itself: gRPC, health with its parts, clock, latency, versions.</summary>
internal sealed class ServiceChecks(Invocation invocation)
{
    private const int Samples = 5;
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(5);

    /// <summary>Whether the service answers at all.</summary>
    public async Task<Finding> GrpcAsync()
    {
        try
        {
            var health = await invocation.Connection.Health.CheckAsync(new(), invocation.Read());
            return health.Status == HealthCheckResponse.Types.ServingStatus.Serving
                ? Finding.Good("grpc", "the service answers over HTTP/2 and can serve")
                : Finding.Bad("grpc", $"the service answers that it is {health.Status}", "See health below, and the log of the service.");
        }
        catch (RpcException e)
        {
            return Finding.Bad(
                "grpc",
                Refusal.Explain(e).Lines[0],
                "Is this the gRPC port of the service (Listen:Grpc), and does every proxy between pass HTTP/2 through?");
        }
    }

    /// <summary>Health with its parts, which the service shows to viewers of all tenants; and what the answer's Date says about the clocks.</summary>
    public async IAsyncEnumerable<Finding> HealthAsync()
    {
        var sent = DateTimeOffset.UtcNow;
        using var response = await ReadyAsync();
        var received = DateTimeOffset.UtcNow;
        if (response is null)
        {
            yield return Finding.Warn("health", "/healthz/ready does not answer", "A proxy may not pass it on; look at it on the service's HTTP port.");
            yield break;
        }
        var lines = (await response.Content.ReadAsStringAsync(invocation.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable) || lines.Length == 0)
            yield return Finding.Warn(
                "health", $"/healthz/ready answers {(int)response.StatusCode}", "A proxy may not pass it on; look at it on the service's HTTP port.");
        else if (lines.Length == 1)
            yield return Part("health", lines[0], "its parts are shown to viewers of all tenants (*)");
        foreach (var parts in lines.Skip(1).Select(line => line.Split(": ", 3)).Where(parts => parts.Length == 3))
            yield return Part(parts[0], parts[1], parts[2]);
        if (response.Headers.Date is { } date)
            yield return Clock(date, sent, received);
    }

    /// <summary>null if there is no answer.</summary>
    private async Task<HttpResponseMessage?> ReadyAsync()
    {
        using var http = invocation.Connection.CreateHttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(invocation.Target.Address, "/healthz/ready"))
            { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        try
        {
            return await http.SendAsync(request, invocation.CancellationToken);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>The middle of some calls on the open connection.</summary>
    public async Task<Finding> LatencyAsync()
    {
        var times = new List<double>();
        for (var sample = 0; sample < Samples; sample++)
        {
            var started = Stopwatch.GetTimestamp();
            await invocation.Connection.Health.CheckAsync(new(), invocation.Read());
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        }
        times.Sort();
        var (middle, longest) = (Milliseconds(times[Samples / 2]), Milliseconds(times[^1]));
        var text = $"{middle} in the middle, {longest} at most";
        return times[Samples / 2] < 500
            ? Finding.Good("latency", text)
            : Finding.Warn("latency", text, "The way to the service is slow; see the proxies between and the load of the service.");
    }

    /// <summary>How durable the store is, as the status of any tenant says.</summary>
    public static Finding Store(StoreDurability store) => store.Durability is Durability.Weak or Durability.Provider
        ? Finding.Warn("durability", $"{Names.Of(store.Durability)}: {store.Meaning}", "See docs/operations/stores.md for what makes it durable.")
        : Finding.Good("durability", $"{Names.Of(store.Durability)}: {store.Meaning}");

    /// <summary>The version of this end. The contract has no call that tells the other's.</summary>
    public static Finding Version() => Finding.Good(
        "version",
        $"grpccreds {OwnVersion}, contract grpccreds.v1; the service does not tell its version");

    private static string? OwnVersion =>
        typeof(ServiceChecks).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];

    private static Finding Part(string check, string status, string detail) => status switch
    {
        "Healthy" => Finding.Good(check, detail),
        "Degraded" => Finding.Warn(check, detail, "See docs/operations/failures.md; the log of the service says more (140)."),
        _ => Finding.Bad(check, detail, "See docs/operations/failures.md; the log of the service says more (140)."),
    };

    /// <summary>The Date has whole seconds.</summary>
    private static Finding Clock(DateTimeOffset date, DateTimeOffset sent, DateTimeOffset received)
    {
        var ahead = date + TimeSpan.FromSeconds(1) < sent ? date + TimeSpan.FromSeconds(1) - sent : date > received ? date - received : TimeSpan.Zero;
        var text = ahead.Duration() < TimeSpan.FromSeconds(1)
            ? "the clocks agree within a second"
            : $"the service's clock is {Names.Length(ahead.Duration())} {(ahead > TimeSpan.Zero ? "ahead" : "behind")}";
        return ahead.Duration() < ClockTolerance
            ? Finding.Good("clock", text)
            : Finding.Warn("clock", text, "Set both clocks by NTP: tokens and certificates depend on them.");
    }

    private static string Milliseconds(double time) => $"{time.ToString("0.0", CultureInfo.InvariantCulture)} ms";
}
