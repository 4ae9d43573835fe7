using System.Net;
using System.Text.RegularExpressions;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;

namespace GrpcCreds.Tests.Faults.Canary;

/// <summary>A browser at the service's two pages, on the way it should go and on others.</summary>
internal sealed partial class Pages(CanaryWorld world, string tenant) : IDisposable
{
    private readonly HttpClient browser = new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new() });

    public void Dispose() => browser.Dispose();

    public async Task RunAsync()
    {
        var user = world.AddUser();
        await world.Admin.SetOAuthCredentialAsync(new() { TenantId = tenant, OrgId = user.OrgId, UserId = user.UserId });
        foreach (var consent in new[]
        {
            Consent.Refuse("access_denied", world.Canaries.Strange("error of the callback")),
            Consent.Refuse(world.Canaries.Strange("error of the callback"), world.Canaries.Strange("error of the callback")),
            Consent.DeadEnd(world.Canaries.Plain("error of a dead end")),
            Consent.Approve(user.Username),
        })
        {
            var authorize = (await world.Admin.StartOAuthSetupAsync(new() { TenantId = tenant })).AuthorizationUrl;
            var state = State().Match(authorize).Value;
            world.Simulator.Fail(Endpoint.Authorize, Failure.Authorization(consent));
            using var answer = await browser.GetAsync(new Uri(authorize));
            // A dead end does not redirect; a browser that goes to the callback itself may send anything.
            var back = answer.Headers.Location is { IsAbsoluteUri: true } led
                ? led.PathAndQuery : $"/oauth/callback?{state}&error={Uri.EscapeDataString(world.Canaries.Strange("error of the callback"))}";
            // Without the cookie of the start page; then with it, twice.
            await LookAsync(back);
            await LookAsync($"/oauth/start?{state}");
            await LookAsync(back);
            await LookAsync(back);
        }
        await StrayAsync();
    }

    private async Task StrayAsync()
    {
        string Secret(string use) => Uri.EscapeDataString(world.Canaries.Strange($"stray {use}"));
        foreach (var path in new[] { "/oauth/start", "/oauth/callback", "/healthz/live", "/development/clock", "/elsewhere" })
        {
            foreach (var name in new[] { "state", "code", "error", "error_description", "access_token", "advance" })
                await LookAsync($"{path}?{name}={Secret(name)}");
            await LookAsync($"{path}?state={Secret("state")}&code={Secret("code")}&code={Secret("code")}");
            await LookAsync($"{path}?state={Secret("state")}", HttpMethod.Post, world.Canaries.Strange("body"));
        }
        // To the port of gRPC, as a browser of HTTP/2 would.
        using var wrongPort =
            new HttpRequestMessage(HttpMethod.Get, new Uri(world.Service.Grpc, $"/oauth/callback?state={Secret("state")}&code={Secret("code")}"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        await KeepAsync(wrongPort);
    }

    private async Task LookAsync(string pathAndQuery, HttpMethod? method = null, string? body = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri(world.Service.Http, pathAndQuery));
        request.Headers.Add("X-Forwarded-For", world.Canaries.Plain("header"));
        request.Headers.Add("Authorization", $"Bearer {world.Canaries.Plain("header")}");
        request.Content = body is null ? null : new StringContent(body);
        await KeepAsync(request);
    }

    private async Task KeepAsync(HttpRequestMessage request)
    {
        using var stop = new CancellationTokenSource(Waiting.Long);
        using var answer = await browser.SendAsync(request, stop.Token);
        world.Sinks.Add("page headers", $"{answer.Headers}\n{answer.Content.Headers}");
        // Its one link leads on with the state; the rest of it is to be read.
        world.Sinks.Add("page", State().Replace(await answer.Content.ReadAsStringAsync(stop.Token), "state="));
    }

    [GeneratedRegex("state=[A-Za-z0-9_-]+")]
    private static partial Regex State();
}
