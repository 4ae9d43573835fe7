using System.Diagnostics;
using System.Net;
using GrpcCreds.SalesforceSimulator;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

public sealed class FailureTests : SimulatorTest
{
    private const string Password = "demo-passwordDemoToken1";

    [Theory]
    [InlineData("PASSWORD_LOCKOUT", "LoginFault")]
    [InlineData("SERVER_UNAVAILABLE", "UnexpectedErrorFault")]
    [InlineData("REQUEST_LIMIT_EXCEEDED", "UnexpectedErrorFault")]
    public async Task Any_fault_can_be_had_the_wanted_number_of_times(string code, string type)
    {
        Simulator.Fail(Endpoint.Login, Failure.Fault(code), times: 2);
        Assert.Contains($"<sf:{type} ", await BodyOfLoginAsync("ann@acme.test", Password), StringComparison.Ordinal);
        Assert.Equal(code, await RefusalAsync("ann@acme.test", Password));
        Assert.NotEmpty(Element(await BodyOfLoginAsync("ann@acme.test", Password), "sessionId"));
    }

    [Fact]
    public async Task A_failure_can_be_for_one_user_and_be_forgotten()
    {
        Simulator.AddUser("bob@acme.test", "p");
        Simulator.Fail(Endpoint.Login, Failure.Fault("ORG_LOCKED"), username: "Ann@acme.test");
        Assert.NotEmpty(Element(await BodyOfLoginAsync("bob@acme.test", "p"), "sessionId"));
        Assert.Equal("ORG_LOCKED", await RefusalAsync("ann@acme.test", Password));
        Simulator.Fail(Endpoint.Login, Failure.Html());
        Simulator.ClearFailures();
        Assert.NotEmpty(Element(await BodyOfLoginAsync("ann@acme.test", Password), "sessionId"));
    }

    [Theory]
    [InlineData(503)]
    [InlineData(420)]
    [InlineData(429)]
    public async Task Any_status_can_be_had_and_no_session_starts(int status)
    {
        Simulator.Fail(Endpoint.Login, Failure.Status(status, "busy"));
        using var response = await LoginAsync("ann@acme.test", Password);
        Assert.Equal((status, "busy"), ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Cancelled)));
        Assert.Empty(Simulator.Sessions());
    }

    [Fact]
    public async Task A_fault_or_a_page_can_come_with_200()
    {
        Simulator.Fail(Endpoint.Login, Failure.Fault("INVALID_LOGIN", status: 200));
        using var fault = await LoginAsync("ann@acme.test", Password);
        Assert.Equal(HttpStatusCode.OK, fault.StatusCode);
        Simulator.Fail(Endpoint.Login, Failure.Html());
        using var page = await LoginAsync("ann@acme.test", Password);
        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType!.MediaType));
    }

    [Theory]
    [InlineData(302)]
    [InlineData(307)]
    public async Task A_redirect_leads_anywhere(int status)
    {
        Simulator.Fail(Endpoint.Login, Failure.Redirect(status, new("http://169.254.169.254/latest")));
        using var response = await LoginAsync("ann@acme.test", Password);
        Assert.Equal((status, "http://169.254.169.254/latest"), ((int)response.StatusCode, response.Headers.Location!.ToString()));
    }

    [Fact]
    public async Task Data_calls_fail_in_their_own_form()
    {
        Simulator.Fail(Endpoint.Data, Failure.Rest(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."));
        Assert.Equal((403, """[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"""), await ReadAsync("services/data/v64.0"));
    }

    [Fact]
    public async Task An_oversized_answer_is_the_right_one_with_padding()
    {
        Simulator.Fail(Endpoint.Login, Failure.Oversized(100_000));
        var body = await BodyOfLoginAsync("ann@acme.test", Password);
        Assert.True(body.Length > 100_000);
        Assert.NotEmpty(Element(body, "sessionId"));
    }

    [Fact]
    public async Task Slow_headers_come_late_and_a_dribbled_body_byte_by_byte()
    {
        var start = Stopwatch.GetTimestamp();
        Simulator.Fail(Endpoint.Login, Failure.SlowHeaders(TimeSpan.FromMilliseconds(150)));
        Assert.NotEmpty(Element(await BodyOfLoginAsync("ann@acme.test", Password), "sessionId"));
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(140));

        Simulator.Fail(Endpoint.Login, Failure.DribbledBody(Timeout.InfiniteTimeSpan));
        using var response = await SendForHeadersAsync();
        using var body = await response.Content.ReadAsStreamAsync(Cancelled);
        Assert.Equal(1, await body.ReadAsync(new byte[100], Cancelled));
    }

    [Fact]
    public async Task An_endless_body_ends_with_its_client()
    {
        Simulator.Fail(Endpoint.Login, Failure.EndlessBody());
        using (var response = await SendForHeadersAsync())
        using (var body = await response.Content.ReadAsStreamAsync(Cancelled))
            await body.ReadExactlyAsync(new byte[1_000_000], Cancelled);
        await Simulator.WaitForLoginsAsync("ann@acme.test", counts => counts.InFlight == 0, cancellationToken: Cancelled);
    }

    [Fact]
    public async Task A_lying_length_promises_what_never_comes_or_hides_the_end()
    {
        Simulator.Fail(Endpoint.Login, Failure.LyingContentLength(10));
        using var tooLong = await SendForHeadersAsync();
        using var body = await tooLong.Content.ReadAsStreamAsync(Cancelled);
        var length = (int)tooLong.Content.Headers.ContentLength!;
        await body.ReadExactlyAsync(new byte[length - 10], Cancelled);
        Assert.Equal(1, Simulator.Logins("ann@acme.test").InFlight);

        Simulator.Fail(Endpoint.Login, Failure.LyingContentLength(-10));
        Assert.DoesNotContain("</soapenv:Envelope>", await BodyOfLoginAsync("ann@acme.test", Password), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_truncated_answer_breaks_off()
    {
        Simulator.Fail(Endpoint.Login, Failure.Truncated());
        using var response = await SendForHeadersAsync();
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            using var body = await response.Content.ReadAsStreamAsync(Cancelled);
            await body.CopyToAsync(Stream.Null, Cancelled);
        });
    }

    [Fact]
    public async Task A_reset_connection_leaves_open_whether_the_login_was_processed()
    {
        Simulator.Fail(Endpoint.Login, Failure.ResetBeforeProcessing());
        await Assert.ThrowsAsync<HttpRequestException>(() => LoginAsync("ann@acme.test", Password));
        Assert.Empty(Simulator.Sessions());
        Simulator.Fail(Endpoint.Login, Failure.ResetAfterProcessing());
        await Assert.ThrowsAsync<HttpRequestException>(() => LoginAsync("ann@acme.test", Password));
        Assert.Single(Simulator.Sessions());
        var counts = await Simulator.WaitForLoginsAsync("ann@acme.test", counts => counts.InFlight == 0, cancellationToken: Cancelled);
        Assert.Equal((2, 1), (counts.Attempts, counts.Accepted));
        Assert.All(Simulator.Requests(), entry => Assert.Equal(0, entry.Status));
    }

    [Fact]
    public async Task Nothing_slow_keeps_a_simulator_from_ending()
    {
        await using var other = await Simulator.StartAsync(cancellationToken: Cancelled);
        other.Fail(Endpoint.Login, Failure.SlowHeaders());
        var login = LoginAsync("ann@acme.test", Password, other.Production);
        await other.WaitForLoginsAsync("ann@acme.test", counts => counts.InFlight == 1, cancellationToken: Cancelled);
        await other.DisposeAsync().AsTask().WaitAsync(Cancelled);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => login);
    }

    private Task<HttpResponseMessage> SendForHeadersAsync() =>
        Http.SendAsync(LoginRequest(Simulator.Production, "ann@acme.test", Password), HttpCompletionOption.ResponseHeadersRead, Cancelled);
}
