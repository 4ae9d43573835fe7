using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults;

[Collection(OneAtATime.Name)]
public sealed class DeafClientsTests
{
    private const int Connections = 10;

    /// <summary>More than the 64 KiB that the platform buffers for a stream: only then a write is stuck.</summary>
    private const int Changes = 300;

    /// <summary>The memory that a stream that reads nothing may cost the service; a third of this was measured.</summary>
    private const long BytesPerStream = 200_000;

    [Fact]
    public async Task A_thousand_streams_that_take_nothing_break_no_good_one_and_cost_little()
    {
        await using var simulator = await Simulator.StartAsync();
        using var directory = new TemporaryDirectory();
        await using var service = await ServiceProcess.StartAsync(simulator, directory.Path, ["Limits:WritesPerTenantAndMinute=1000000"]);
        using var channel = Grpc.Net.Client.GrpcChannel.ForAddress(service.Grpc);
        var client = new SyncCredentials.SyncCredentialsClient(channel);
        async Task<long> ChangeAsync() =>
            (await client.ActivateAsync(user: simulator.AddUser($"{Guid.NewGuid():N}@deaf.test", Calls.Password).Username)).Revision;
        await ChangeAsync();
        await using var good = await Node.OpenAsync(service.Grpc, "acme");
        var before = Memory(service);

        var deaf = new List<DeafClient>();
        for (var connection = 0; connection < Connections; connection++)
            deaf.Add(await DeafClient.OpenAsync(service.Grpc, "/grpccreds.v1.SyncCredentials/WatchActiveCredential", Calls.Watch()));
        int Cut() => service.Output.Count(line => line.Contains("its stream was closed", StringComparison.Ordinal));
        var most = 0L;
        var changes = 0;
        await Waiting.UntilAsync(
            async () =>
            {
                if (changes++ < Changes)
                {
                    var revision = await ChangeAsync();
                    await good.UntilRevisionAsync(told => told >= revision, "the good stream has it", TimeSpan.FromSeconds(5));
                }
                most = Math.Max(most, Memory(service) - before);
                return Cut() == Connections * DeafClient.Streams;
            },
            "every deaf stream is cut",
            TimeSpan.FromSeconds(90));
        TestContext.Current.SendDiagnosticMessage($"{Connections * DeafClient.Streams} streams that took nothing cost {most:N0} bytes at most");

        Assert.True(most < Connections * DeafClient.Streams * BytesPerStream, $"the service took {most:N0} bytes for them");
        good.AssertOpenAndOnlyForward();
        foreach (var connection in deaf)
            await connection.DisposeAsync();
    }

    private static long Memory(ServiceProcess service)
    {
        using var process = System.Diagnostics.Process.GetProcessById(service.Id);
        return process.WorkingSet64;
    }
}
