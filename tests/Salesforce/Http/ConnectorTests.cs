using System.Net;
using System.Net.Sockets;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Salesforce.Http;

/// <summary>A host with several addresses is reached at any address that answers.</summary>
public sealed class ConnectorTests : SalesforceTest
{
    private static readonly IPAddress Silent = IPAddress.Parse("127.0.0.2");
    private static readonly IPAddress Refusing = IPAddress.Parse("127.0.0.3");

    public static TheoryData<string> Orders =>
    [
        "127.0.0.2 127.0.0.1", "127.0.0.3 127.0.0.1", "127.0.0.2 127.0.0.3 127.0.0.1", "127.0.0.3 127.0.0.2 127.0.0.1", "127.0.0.1 127.0.0.2",
        "::ffff:127.0.0.2 ::ffff:127.0.0.1", "100::1 127.0.0.1",
    ];

    [Theory, MemberData(nameof(Orders))]
    public async Task A_login_finds_the_address_that_answers(string addresses)
    {
        using var silent = new SilentListener(Silent, Simulator.Production.Port);
        var options = Options();
        options.Production.ApiBaseUrl = new($"http://login.example.test:{Simulator.Production.Port}");
        var client = Client(options, resolve: (_, _) => Task.FromResult<IPAddress[]>([.. addresses.Split(' ').Select(IPAddress.Parse)]));
        Assert.Null((await LoginAsync(client)).Failure);
        Assert.Equal(1, Simulator.Logins(User).Attempts);
    }

    [Fact]
    public async Task Nobody_who_answers_is_unreachable_within_the_time_for_a_connection()
    {
        using var silent = new SilentListener(Silent, Simulator.Production.Port);
        var options = Options();
        options.Production.ApiBaseUrl = new($"http://login.example.test:{Simulator.Production.Port}");
        foreach (var addresses in new IPAddress[][] { [Silent], [Silent, Refusing], [Refusing, Silent], [Refusing, Refusing] })
            Fails(await LoginAsync(Client(options, Deliveries.Short, (_, _) => Task.FromResult(addresses))), FailureClass.Unavailable);
        Assert.Equal(0, Simulator.Logins(User).Attempts);
    }

    [Fact]
    public async Task The_one_that_loses_is_closed()
    {
        using var first = new TcpListener(Silent, 0);
        first.Start();
        var port = ((IPEndPoint)first.LocalEndpoint).Port;
        using var second = new TcpListener(Refusing, port);
        second.Start();
        var connector = new Connector((_, _) => Task.FromResult<IPAddress[]>([Silent, Refusing]));
        await using (await connector.ConnectAsync(new("login.example.test", port), anyAddress: true, CancellationToken.None))
        {
            // The second one was never needed.
            Assert.True(first.Pending());
            Assert.False(second.Pending());
        }
    }

    [Fact]
    public async Task Who_gives_up_waits_for_nobody()
    {
        using var silent = new SilentListener(Silent, 0);
        using var giveUp = new CancellationTokenSource();
        var connector = new Connector((_, _) => Task.FromResult<IPAddress[]>([Silent, Silent]));
        var connecting = connector.ConnectAsync(new("login.example.test", silent.Port), anyAddress: true, giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.WaitAsync(Waiting.Long));
    }

    [Fact]
    public void The_families_take_turns_and_the_first_one_begins()
    {
        IPAddress[] addresses = [.. new[] { "2606:4700::1", "2606:4700::2", "2606:4700::3", "192.0.2.1", "192.0.2.2" }.Select(IPAddress.Parse)];
        Assert.Equal(
            ["2606:4700::1", "192.0.2.1", "2606:4700::2", "192.0.2.2", "2606:4700::3"], Connector.Alternating(addresses).Select(address => address.ToString()));
        Assert.Equal(
            ["192.0.2.2", "2606:4700::3", "192.0.2.1", "2606:4700::2", "2606:4700::1"],
            Connector.Alternating(addresses.Reverse()).Select(address => address.ToString()));
        Assert.Empty(Connector.Alternating([]));
    }

    /// <summary>An address on which connections are neither accepted nor refused: its queue is full and is never emptied.</summary>
    private sealed class SilentListener : IDisposable
    {
        private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly List<Socket> queue = [];

        public SilentListener(IPAddress address, int port)
        {
            listener.Bind(new IPEndPoint(address, port));
            listener.Listen(0);
            Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
            for (var isFull = false; !isFull;)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                queue.Add(socket);
                isFull = !socket.ConnectAsync(address, Port).Wait(TimeSpan.FromMilliseconds(300));
            }
        }

        public int Port { get; }

        public void Dispose()
        {
            queue.ForEach(socket => socket.Dispose());
            listener.Dispose();
        }
    }
}
