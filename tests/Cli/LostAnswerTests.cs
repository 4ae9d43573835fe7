using System.Net;
using System.Net.Sockets;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Cli;

/// <summary>Writes whose answer does not come.</summary>
public sealed class LostAnswerTests : ToolTest
{
    [Fact]
    public async Task A_write_whose_answer_is_lost_is_asked_again_and_applied_once()
    {
        await using var network = new Network(Service.Grpc);
        using var hold = Simulator.Hold(Endpoint.Login);
        await using var tool = await SetAsync(network.Address);
        await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken);
        network.LoseAnswers();
        hold.Release();
        await Waiting.UntilAsync(async () => (await Client.StatusAsync()).Availability == Availability.Serving, "the write is applied");
        network.Cut();
        var ended = (await tool.EndAsync()).Is(0);
        Assert.Contains("Sent again with the same request id", ended.Error, StringComparison.Ordinal);
        Assert.Contains("ACTIVATED", ended.Output, StringComparison.Ordinal);
        Assert.Equal(1, Simulator.Logins(Calls.User).Attempts);
    }

    [Fact]
    public async Task After_Ctrl_C_it_says_that_the_outcome_is_unknown_and_how_to_find_out()
    {
        using var hold = Simulator.Hold(Endpoint.Login);
        await using var tool = await SetAsync(Service.Grpc);
        await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken);
        Signals.Send(tool.Id, Signals.Interrupt);
        var ended = (await tool.EndAsync()).Is(130);
        Assert.Contains("is not known", ended.Error, StringComparison.Ordinal);
        hold.Release();
        var id = ended.Error.Split("--request-id ")[1].Split(':', ' ')[0];
        await Waiting.UntilAsync(async () => (await Client.StatusAsync()).Availability == Availability.Serving, "the service finishes the write");
        string[] again = ["set-password", "acme", "--username", Calls.User, "--password-stdin", "--request-id", id];
        Assert.Contains("ACTIVATED", (await TypeAsync($"{Calls.Password}\n", again)).Is(0).Output, StringComparison.Ordinal);
        Assert.Equal(1, Simulator.Logins(Calls.User).Attempts);
    }

    private static async Task<ToolProcess> SetAsync(Uri service)
    {
        var tool = await Tool.StartAsync(Tool.Environment(service), "set-password", "acme", "--username", Calls.User, "--password-stdin");
        await tool.TypeAsync($"{Calls.Password}\n");
        tool.EndInput();
        return tool;
    }

    /// <summary>A way to the service on which answers can get lost, and which can be cut.</summary>
    private sealed class Network : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource stopping = new();
        private readonly Task accepting;
        private CancellationTokenSource connections = new();
        private volatile bool losesAnswers;

        public Network(Uri service)
        {
            listener.Start();
            Address = new Uri($"http://{listener.LocalEndpoint}");
            accepting = AcceptAsync(service);
        }

        public Uri Address { get; }

        public void LoseAnswers() => losesAnswers = true;

        /// <summary>Ends every connection. New ones work.</summary>
        public void Cut()
        {
            losesAnswers = false;
            var cut = Interlocked.Exchange(ref connections, new());
            cut.Cancel();
            cut.Dispose();
        }

        public async ValueTask DisposeAsync()
        {
            await stopping.CancelAsync();
            listener.Dispose();
            await accepting;
            Cut();
            connections.Dispose();
            stopping.Dispose();
        }

        private async Task AcceptAsync(Uri service)
        {
            var pumps = new List<Task>();
            while (!stopping.IsCancellationRequested)
            {
                try
                {
                    pumps.Add(PumpAsync(await listener.AcceptTcpClientAsync(stopping.Token), service, connections.Token));
                }
                catch (Exception e) when (e is OperationCanceledException or SocketException && stopping.IsCancellationRequested)
                {
                    break;
                }
            }
            Cut();
            await Task.WhenAll(pumps);
        }

        private async Task PumpAsync(TcpClient caller, Uri service, CancellationToken cut)
        {
            using (caller)
            using (var server = new TcpClient())
            {
                await server.ConnectAsync(service.Host, service.Port, cut);
                await Task.WhenAny(CopyAsync(caller, server, () => false, cut), CopyAsync(server, caller, () => losesAnswers, cut));
            }
        }

        private static async Task CopyAsync(TcpClient from, TcpClient to, Func<bool> isLost, CancellationToken cut)
        {
            var buffer = new byte[8192];
            try
            {
                while (await from.GetStream().ReadAsync(buffer, cut) is > 0 and var count)
                    if (!isLost())
                        await to.GetStream().WriteAsync(buffer.AsMemory(0, count), cut);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
            {
                // The connection has ended.
            }
        }
    }
}
