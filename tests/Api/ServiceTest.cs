using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GrpcCreds.Tests.Api;

/// <summary>A test against the real service and a simulated Salesforce with one user.</summary>
public abstract class ServiceTest : IAsyncLifetime
{
    private Simulator? simulator;
    private Service? service;

    private protected Simulator Simulator => simulator!;

    private protected Service Service => service!;

    private protected SyncCredentials.SyncCredentialsClient Client => Service.Client;

    private protected virtual SimulatorOptions SimulatorOptions => new();

    /// <summary>Settings of the service under test.</summary>
    private protected virtual IEnumerable<string> Settings => [];

    /// <summary>The service's clock; the real one if null.</summary>
    private protected virtual TimeProvider? ServiceClock => null;

    /// <summary>Replaces services of the service under test.</summary>
    private protected virtual void Configure(IServiceCollection services)
    {
    }

    public async ValueTask InitializeAsync()
    {
        simulator = await Simulator.StartAsync(SimulatorOptions);
        simulator.AddUser(Calls.User, Calls.Password);
        service = await Service.StartAsync(simulator, clock: ServiceClock, settings: Settings, configure: Configure);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (service is not null)
            await service.DisposeAsync();
        if (simulator is not null)
            await simulator.DisposeAsync();
    }
}
