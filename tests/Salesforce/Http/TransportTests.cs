using System.Net;
using System.Net.Sockets;
using System.Text;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Tests.Support;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Salesforce.Http;

public sealed class TransportTests : SalesforceTest
{
    public static TheoryData<string> DeliveryNames => Deliveries.Names;

    [Theory, MemberData(nameof(DeliveryNames))]
    public async Task After_the_first_byte_no_whole_answer_leaves_the_outcome_open(string delivery)
    {
        FailLogin(Deliveries.Of(delivery));
        Fails(await LoginAsync(Client(limits: Deliveries.Short)), FailureClass.OutcomeUnknown);
        Assert.Equal(1, Simulator.Logins(User).Attempts);
    }

    [Theory, MemberData(nameof(DeliveryNames))]
    public async Task A_check_of_a_session_ends_and_says_nothing_about_it(string delivery)
    {
        var session = await SessionAsync();
        Simulator.Fail(Endpoint.Data, Deliveries.Of(delivery));
        var check = await Client(limits: Deliveries.Short).CheckSessionAsync(session, CancellationToken.None).WaitAsync(Waiting.Long);
        Assert.Equal((Liveness.HostLost, FailureClass.Unavailable), (check.Liveness, check.Failure!.Class));
    }

    [Fact]
    public async Task An_answer_just_below_the_bound_is_read()
    {
        FailLogin(Failure.Oversized(60_000));
        Assert.NotNull((await LoginAsync()).Session);
    }

    [Fact]
    public async Task Headers_without_end_are_bounded()
    {
        using var listener = Listen();
        var serving = ServeAsync(listener, async stream =>
        {
            await stream.ReadExactlyAsync(new byte[1]);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n"u8.ToArray());
            var line = Encoding.ASCII.GetBytes($"X-Filler: {new string('x', 1000)}\r\n");
            while (true)
                await stream.WriteAsync(line);
        });
        Fails(await LoginAsync(Client(To(UrlOf(listener)))), FailureClass.OutcomeUnknown);
        await Assert.ThrowsAnyAsync<IOException>(() => serving.WaitAsync(Waiting.Long));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_ends_without_a_word_is_not_tried_again(bool readAll)
    {
        using var listener = Listen();
        var serving = ServeAsync(listener, async stream =>
        {
            var read = "";
            for (var buffer = new byte[4096]; !read.EndsWith(readAll ? "Envelope>" : "", StringComparison.Ordinal) || read is "";)
                read += Encoding.UTF8.GetString(buffer, 0, await stream.ReadAsync(buffer));
        });
        Fails(await LoginAsync(Client(To(UrlOf(listener)))), FailureClass.OutcomeUnknown);
        await serving.WaitAsync(Waiting.Long);
        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task A_refused_connection_sent_nothing()
    {
        var listener = Listen();
        listener.Stop();
        Fails(await LoginAsync(Client(To(UrlOf(listener)))), FailureClass.Unavailable);
    }

    [Fact]
    public async Task A_failed_TLS_handshake_sent_nothing()
    {
        using var listener = Listen();
        var serving = ServeAsync(listener, async stream => await stream.WriteAsync("this is not TLS\r\n"u8.ToArray()));
        Fails(await LoginAsync(Client(To(UrlOf(listener, "https")))), FailureClass.Unavailable);
        await serving.WaitAsync(Waiting.Long);
    }

    [Fact]
    public async Task A_TLS_handshake_that_never_ends_sent_nothing()
    {
        using var listener = Listen();
        Fails(await LoginAsync(Client(To(UrlOf(listener, "https")), Deliveries.Short)), FailureClass.Unavailable);
    }

    [Fact]
    public async Task A_name_nobody_knows_sent_nothing()
    {
        static Task<IPAddress[]> NotFound(string host, CancellationToken cancellationToken) => throw new SocketException((int)SocketError.HostNotFound);
        Fails(await LoginAsync(Client(new SalesforceOptions(), resolve: NotFound)), FailureClass.Unavailable);
    }

    [Fact]
    public async Task A_name_server_that_is_silent_sent_nothing()
    {
        static async Task<IPAddress[]> Never(string host, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return [];
        }
        Fails(await LoginAsync(Client(new SalesforceOptions(), Deliveries.Short, Never)), FailureClass.Unavailable);
    }

    [Fact]
    public async Task A_caller_that_gives_up_a_check_is_not_answered()
    {
        var session = await SessionAsync();
        using var hold = Simulator.Hold(Endpoint.Data);
        using var giveUp = new CancellationTokenSource();
        var check = Client().CheckSessionAsync(session, giveUp.Token);
        await hold.WaitAsync().WaitAsync(Waiting.Long);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => check.WaitAsync(Waiting.Long));
    }

    private static SalesforceOptions To(Uri url) => new() { Production = new() { ApiBaseUrl = url } };

    private static async Task ServeAsync(TcpListener listener, Func<NetworkStream, Task> answer)
    {
        using var client = await listener.AcceptTcpClientAsync();
        await answer(client.GetStream());
    }
}
