using GrpcCreds.SalesforceSimulator;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

public sealed class ClientCredentialsTests : OAuthTest
{
    [Fact]
    public async Task A_My_Domain_gives_a_token_of_the_Run_As_user_without_a_refresh_token()
    {
        var answer = await RequestAsync();
        Assert.EndsWith("/id/00Dxx0000001gPLEAY/005600000045vWeAAI", answer["id"], StringComparison.Ordinal);
        Assert.False(answer.ContainsKey("refresh_token"));
        Assert.Equal("api id", answer["scope"]);
        Assert.True((await IntrospectAsync(answer["access_token"])).GetProperty("active").GetBoolean());
        Assert.Equal(200, (int)(await GetAsync("services/data/v64.0", answer["access_token"])).StatusCode);
        Assert.NotEqual(answer["access_token"], (await RequestAsync())["access_token"]);
    }

    [Fact]
    public async Task A_login_host_of_all_organizations_refuses() =>
        Assert.Equal("invalid_grant: request not supported on this domain", Error(await RequestAsync(Simulator.Production)));

    [Fact]
    public async Task An_app_is_refused_for_what_its_administrator_has_not_set()
    {
        Simulator.ChangeApp(App.ConsumerKey, app => app with { ClientCredentialsFlow = false });
        Assert.Equal("unsupported_grant_type: grant type not supported", Error(await RequestAsync()));
        Simulator.ChangeApp(App.ConsumerKey, app => app with { ClientCredentialsFlow = true, RunAs = null });
        Assert.Equal("invalid_grant: no client credentials user enabled", Error(await RequestAsync()));
        Simulator.ChangeApp(App.ConsumerKey, app => app with { RunAs = Ann, ConsumerSecret = "other" });
        Assert.Equal("invalid_client: invalid client credentials", Error(await RequestAsync()));
        Simulator.ChangeApp(App.ConsumerKey, app => app with { ConsumerSecret = App.ConsumerSecret, KnownFrom = DateTimeOffset.MaxValue });
        Assert.Equal("invalid_client_id: client identifier invalid", Error(await RequestAsync()));
        Simulator.ChangeApp(App.ConsumerKey, app => app with { KnownFrom = null });
        Simulator.ChangeUser(Ann, user => user with { Inactive = true });
        Assert.Equal("inactive_user: user is inactive", Error(await RequestAsync()));
        Simulator.ChangeUser(Ann, user => user with { Inactive = false, RestrictedIp = true });
        Assert.Equal("invalid_grant: ip restricted", Error(await RequestAsync()));
    }

    [Fact]
    public async Task Another_Run_As_user_gets_the_next_token_and_a_shared_session_stays_the_same()
    {
        var other = Simulator.AddUser("other@acme.test", "p");
        Simulator.ChangeApp(App.ConsumerKey, app => app with { RunAs = other.Username, SharesSession = true });
        var first = await RequestAsync();
        Assert.EndsWith(other.UserId, first["id"], StringComparison.Ordinal);
        Assert.Equal(first["access_token"], (await RequestAsync())["access_token"]);
    }

    private async Task<Dictionary<string, string>> RequestAsync(Uri? host = null) =>
        Members(await PostAsync("token", WithClient(("grant_type", "client_credentials")), host: host ?? Simulator.ProductionMyDomain));
}
