using System.Net;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Salesforce.Soap;
using GrpcCreds.Server.Tenants.Model;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Salesforce.Http;

public sealed class EgressTests : SalesforceTest
{
    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_of_a_login_is_not_followed_inside_nor_to_an_allowed_host(int status)
    {
        using var inside = Listen();
        FailLogin(Failure.Redirect(status, UrlOf(inside)));
        Fails(await LoginAsync(), FailureClass.ServiceConfiguration);
        Assert.False(inside.Pending());
        FailLogin(Failure.Redirect(status, new Uri(Simulator.Sandbox, SoapLogin.Path)));
        Fails(await LoginAsync(), FailureClass.ServiceConfiguration);
        Assert.Empty(Simulator.Requests(Personality.Sandbox));
        Assert.Equal(2, Simulator.Requests().Count);
    }

    [Theory]
    [InlineData(302)]
    [InlineData(307)]
    public async Task A_redirect_of_a_check_is_not_followed_even_to_an_allowed_host(int status)
    {
        var session = await SessionAsync();
        Simulator.Fail(Endpoint.Data, Failure.Redirect(status, new Uri(Simulator.Sandbox, "/services/data/v64.0")));
        var check = await Client().CheckSessionAsync(session, CancellationToken.None);
        Assert.Equal((Liveness.HostLost, FailureClass.ServiceConfiguration), (check.Liveness, check.Failure!.Class));
        Assert.Empty(Simulator.Requests(Personality.Sandbox));
    }

    [Fact]
    public async Task A_session_is_sent_to_allowed_hosts_only_whatever_the_record_says()
    {
        var session = await SessionAsync() with { InstanceUrl = Simulator.Sandbox.ToString() };
        var options = new SalesforceOptions();
        var check = await Client(options).CheckSessionAsync(session, CancellationToken.None);
        Assert.Equal((Liveness.HostLost, FailureClass.ServiceConfiguration), (check.Liveness, check.Failure!.Class));
        Assert.Empty(Simulator.Requests(Personality.Sandbox));

        options.AllowedHosts = [Simulator.Sandbox];
        Assert.Equal(Liveness.Dead, (await Client(options).CheckSessionAsync(session, CancellationToken.None)).Liveness);
        Assert.Single(Simulator.Requests(Personality.Sandbox));
    }

    [Fact]
    public async Task A_name_of_Salesforce_that_leads_inside_is_refused()
    {
        // The built-in login hosts are trusted by their name only, not with any address.
        var client = Client(new SalesforceOptions(), resolve: (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback, IPAddress.Parse("10.0.0.1")]));
        Fails(await LoginAsync(client), FailureClass.ServiceConfiguration);
        Fails(await LoginAsync(Client(new SalesforceOptions(), resolve: (_, _) => Task.FromResult<IPAddress[]>([]))), FailureClass.ServiceConfiguration);
    }

    [Fact]
    public async Task Only_the_checked_addresses_are_connected_to()
    {
        using var inside = Listen();
        var endPoint = new DnsEndPoint("acme.my.salesforce.com", UrlOf(inside).Port);
        var asked = 0;
        var connector = new Connector((host, _) =>
        {
            Assert.Equal("acme.my.salesforce.com", host);
            asked++;
            return Task.FromResult<IPAddress[]>([IPAddress.Loopback, IPAddress.Loopback.MapToIPv6()]);
        });
        await Assert.ThrowsAsync<NotSentException>(() => connector.ConnectAsync(endPoint, anyAddress: false, CancellationToken.None));
        Assert.False(inside.Pending());

        using var stream = await connector.ConnectAsync(endPoint, anyAddress: true, CancellationToken.None);
        Assert.True(inside.Pending());
        Assert.Equal(2, asked);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("100.64.0.1")]
    [InlineData("100.127.255.255")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.8")]
    [InlineData("192.0.2.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::127.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b:1::1")]
    [InlineData("100::1")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("3fff::1")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public void An_address_inside_is_not_public(string address) => Assert.False(PublicAddresses.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("11.0.0.1")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.1")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.1")]
    [InlineData("223.255.255.255")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::808:808")]
    [InlineData("2606:4700::1111")]
    public void Every_other_address_is_public(string address) => Assert.True(PublicAddresses.IsPublic(IPAddress.Parse(address)));
}
