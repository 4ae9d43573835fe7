using GrpcCreds.SalesforceSimulator;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

public sealed class IntrospectTests : OAuthTest
{
    private readonly FakeTimeProvider time = new(DateTimeOffset.FromUnixTimeSeconds(1760000000));

    protected override SimulatorOptions Options => new() { AutoApprove = true, TimeProvider = time };

    [Fact]
    public async Task An_access_token_is_described_in_seconds()
    {
        var tokens = await ApproveAsync();
        var seen = await IntrospectAsync(tokens["access_token"]);
        Assert.Equal(
            $$"""{"active":true,"scope":"api refresh_token id","client_id":"{{App.ConsumerKey}}","username":"ann@acme.test","sub":"{{tokens["id"]}}","""
            + """
            "token_type":"access_token","iat":1760000000,"nbf":1760000000,"exp":1760007200}
            """,
            seen.GetRawText());
    }

    [Fact]
    public async Task A_refresh_token_is_tested_without_being_used()
    {
        Simulator.ChangeApp(App.ConsumerKey, app => app with { RotateRefreshTokens = true });
        var token = (await ApproveAsync())["refresh_token"];
        Assert.Equal("refresh_token", (await IntrospectAsync(token)).GetProperty("token_type").GetString());
        Assert.Equal(0, Simulator.FindRefreshToken(token)!.Refreshes);
        Assert.Null(Error(await RefreshAsync(token)));
        Assert.Equal("""{"active":false}""", (await IntrospectAsync(token)).GetRawText());
        Assert.Null(Simulator.Grants().Single().End);
        Assert.Equal(
            [
                (Endpoint.Introspect, PresentationOutcome.Accepted),
                (Endpoint.Token, PresentationOutcome.Accepted),
                (Endpoint.Introspect, PresentationOutcome.Refused),
            ],
            Simulator.FindRefreshToken(token)!.Presentations.Select(one => (one.Endpoint, one.Outcome)));
    }

    [Fact]
    public async Task Expired_unknown_foreign_and_SOAP_tokens_are_inactive()
    {
        var token = (await ApproveAsync())["access_token"];
        Simulator.AddApp(App with { ConsumerKey = "other", ConsumerSecret = "secret" });
        var foreign = await PostAsync("introspect", new() { ["client_id"] = "other", ["client_secret"] = "secret", ["token"] = token });
        Assert.Equal((200, """{"active":false}"""), foreign);
        time.Advance(TimeSpan.FromSeconds(7200));
        var soap = await SessionAsync(new() { Username = "bob@acme.test", Password = "p" });
        foreach (var inactive in new[] { token, "unknown", soap })
            Assert.False((await IntrospectAsync(inactive)).GetProperty("active").GetBoolean());
    }

    [Fact]
    public async Task Only_a_client_may_ask()
    {
        var token = (await ApproveAsync())["access_token"];
        Assert.Contains("invalid_client_id", (await PostAsync("introspect", new() { ["token"] = token })).Body, StringComparison.Ordinal);
        Assert.Equal(200, (await PostAsync("introspect", new() { ["token"] = token }, $"{App.ConsumerKey}:{App.ConsumerSecret}")).Status);
        Simulator.Fail(Endpoint.Introspect, Failure.OAuth("invalid_client", "scripted"));
        Assert.Equal("invalid_client", (await IntrospectAsync(token)).GetProperty("error").GetString());
    }
}
