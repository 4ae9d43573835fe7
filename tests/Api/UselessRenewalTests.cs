using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Rollout;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

/// <summary>With rotation each renewal returns the only token that is valid from then on. No other fault of the answer may lose it.</summary>
public sealed class UselessRenewalTests : OAuthServiceTest
{
    public static TheoryData<string, TokenTwist> ResultCommitter => new()
    {
        { "bad signature", new() { BadSignature = true } },
        { "no signature", new() { Without = "signature" } },
        { "no time", new() { Without = "issued_at" } },
        { "no id", new() { Without = "id" } },
        { "no access token", new() { Without = "access_token" } },
        { "token type", new() { Members = new Dictionary<string, object?> { ["token_type"] = "mac" } } },
        { "scope", new() { Scope = "refresh_token id" } },
        { "no instance", new() { Without = "instance_url" } },
        { "instance elsewhere", new() { InstanceUrl = new("https://acme.example.test") } },
        { "no URL", new() { Members = new Dictionary<string, object?> { ["instance_url"] = "acme" } } },
    };

    [Theory, MemberData(nameof(ResultCommitter))]
    public async Task The_newest_token_is_kept_no_session_is_used_and_all_goes_on_by_itself(string name, TokenTwist twist)
    {
        Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = true });
        await Client.ConnectAsync();
        using var node = await ReportingNode.OpenAsync(Client);
        var first = node.AccessToken;
        Simulator.Fail(Endpoint.Token, Failure.Token(twist));
        Clock.Advance(TimeSpan.FromMinutes(12.5));
        var status = await UntilAsync(status => status.Warnings.Contains(Warning.RenewalFailing), $"{name}: it is shown");
        var failure = status.OAuth().Current.Grant.LastRenewalFailure;
        Assert.Equal((FailureClass.ServiceConfiguration, Availability.Serving), (failure.FailureClass, status.Availability));
        Assert.Contains("The grant is kept", failure.Advice, StringComparison.Ordinal);
        Assert.Equal(first, (await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential.Session.AccessToken);
        Clock.Advance(TimeSpan.FromMinutes(1.6));
        Assert.NotEqual(first, (await node.NextAsync()).Credential.Session.AccessToken);
        Assert.Empty((await Client.StatusAsync()).Warnings);
        var grant = Assert.Single(Simulator.Grants());
        Assert.Equal((null, "1 1 0", 0),
            (grant.End, string.Join(' ', grant.RefreshTokens.Select(token => token.Refreshes)), grant.RefreshTokens.Sum(token => token.Reuses)));
    }

    [Fact]
    public async Task A_server_that_starts_with_the_mended_setting_renews_at_once()
    {
        using var directory = new TemporaryDirectory();
        await using var simulator = await GrpcCreds.SalesforceSimulator.Simulator.StartAsync(SimulatorOptions);
        simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = true });
        var moved = new Uri("http://moved.example.test:5090");
        await using (var service = await Service.StartAsync(simulator, directory, Clock, Settings, Configure))
        {
            await service.Client.ConnectAsync();
            using var node = await ReportingNode.OpenAsync(service.Client);
            simulator.ChangeUser(Ann.Username, user => user with { InstanceUrl = moved });
            // The waits between two tries get long.
            for (var tries = 1; tries <= 5; tries++)
            {
                Clock.Advance(TimeSpan.FromMinutes(15.5));
                await Waiting.UntilAsync(() => simulator.Grants()[0].RefreshTokens.Sum(token => token.Refreshes) >= tries, "it is tried");
                await Waiting.UntilAsync(
                    async () => Clock.GetUtcNow() - (await service.Client.StatusAsync())
                        .OAuth().Current.Grant.LastRenewalFailure?.Time.ToDateTimeOffset() < TimeSpan.FromMinutes(5), "it has failed");
            }
            Assert.Equal(Availability.Suspended, (await service.Client.StatusAsync()).Availability);
        }
        await using var mended = await Service.StartAsync(simulator, directory, Clock, [.. Settings, $"Salesforce:AllowedHosts:0={moved}"], Configure);
        await Waiting.UntilAsync(async () => (await mended.Client.StatusAsync()).Availability == Availability.Serving, "it is renewed");
        Assert.Equal("http://moved.example.test:5090",
            (await mended.Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential.Session.InstanceUrl);
        Assert.Null(simulator.Grants()[0].End);
    }
}
