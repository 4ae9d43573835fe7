using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Cli;

/// <summary>A simulator and the real service, for one test of the command line.</summary>
public abstract class ToolTest : IAsyncLifetime
{
    private protected Simulator Simulator { get; private set; } = null!;

    private protected Service Service { get; private set; } = null!;

    private protected SyncCredentials.SyncCredentialsClient Client => Service.Client;

    public async ValueTask InitializeAsync()
    {
        Simulator = await Simulator.StartAsync(new() { AutoApprove = true }, TestContext.Current.CancellationToken);
        Simulator.AddUser(Calls.User, Calls.Password);
        Service = await Service.StartAsync(Simulator, settings: EveryMode.Settings(Simulator));
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await Simulator.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected Task<ToolResult> RunAsync(params string[] arguments) => Tool.RunAsync(Service.Grpc, arguments);

    private protected Task<ToolResult> TypeAsync(string input, params string[] arguments) => Tool.RunAsync(Service.Grpc, input, arguments);
}
