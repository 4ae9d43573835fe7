using GrpcCreds.SalesforceSimulator;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

public sealed class RevokeTests : OAuthTest
{
    [Fact]
    public async Task Revoking_a_refresh_token_ends_its_access_tokens_and_no_other()
    {
        var (other, tokens) = (await ApproveAsync(), await ApproveAsync());
        var renewed = await RefreshAsync(tokens["refresh_token"]);
        Assert.Equal((200, ""), await RevokeAsync(tokens["refresh_token"]));
        Assert.Equal(401, await StatusOfDataAsync(tokens["access_token"]));
        Assert.Equal(401, await StatusOfDataAsync(renewed["access_token"]));
        Assert.Equal(DeadGrant, Error(await RefreshAsync(tokens["refresh_token"])));
        Assert.Equal(200, await StatusOfDataAsync(other["access_token"]));
        Assert.Equal([null, TokenEnd.Revoked], Simulator.Grants().Select(grant => grant.End));
    }

    [Fact]
    public async Task Revoking_an_access_token_ends_only_that()
    {
        var tokens = await ApproveAsync();
        Assert.Equal(200, (await ReadAsync($"services/oauth2/revoke?token={Uri.EscapeDataString(tokens["access_token"])}")).Status);
        Assert.Equal((403, "Bad_OAuth_Token"), await ReadAsync("services/oauth2/userinfo", tokens["access_token"]));
        Assert.Null(Error(await RefreshAsync(tokens["refresh_token"])));
    }

    [Fact]
    public async Task What_is_gone_or_unknown_is_an_error_in_a_form()
    {
        Assert.Equal((400, "error=invalid_token&error_description=invalid+token"), await RevokeAsync("unknown"));
        var tokens = await ApproveAsync();
        await RevokeAsync(tokens["refresh_token"]);
        Assert.Equal(400, (await RevokeAsync(tokens["refresh_token"])).Status);
        Assert.Equal(400, (await RevokeAsync(tokens["access_token"])).Status);
        var session = await SessionAsync(new() { Username = "bob@acme.test", Password = "p" });
        Assert.Contains("unsupported_token_type", (await RevokeAsync(session)).Body, StringComparison.Ordinal);
        Simulator.Fail(Endpoint.Revoke, Failure.Revocation("invalid_token", "scripted"));
        Simulator.Fail(Endpoint.Revoke, Failure.Status(503));
        var other = await ApproveAsync();
        Assert.Equal((400, "error=invalid_token&error_description=scripted"), await RevokeAsync(other["refresh_token"]));
        Assert.Equal(503, (await RevokeAsync(other["refresh_token"])).Status);
        Assert.Equal(200, (await RevokeAsync(other["refresh_token"])).Status);
    }

    private Task<(int Status, string Body)> RevokeAsync(string token) => PostAsync("revoke", new() { ["token"] = token });
}
