using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Time;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;

namespace GrpcCreds.Tests.Api;

/// <summary>A test of client credentials: the app's Run As user is Ann, and both sides share one clock, which jumps. Tokens live 15 minutes.</summary>
public abstract class ClientCredentialsTest : ServiceTest
{
    private protected static SimulatedUser Ann => DefaultUsers.Production;

    private protected DevelopmentClock Clock { get; } = new(speed: 1);

    private protected override TimeProvider ServiceClock => Clock;

    private protected override IEnumerable<string> Settings => [.. ClientCredentialsAdministration.Settings(Simulator), .. OAuthAdministration.Settings];

    private protected override SimulatorOptions SimulatorOptions => new() { TimeProvider = Clock, SessionSecondsValid = 900, AutoApprove = true };

    // A call without an answer times out soon; nothing here takes longer.
    private protected override void Configure(IServiceCollection services) =>
        services.AddSingleton(new CallLimits(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2), CallLimits.Default.MaxBytes));

    private protected void ChangeApp(Func<ConnectedApp, ConnectedApp> change) =>
        Simulator.ChangeApp(ClientCredentialsAdministration.App.ConsumerKey, change);

    private protected SimulatedUser OtherUser() => Simulator.AddUser("other@acme.test", "s3cret");

    /// <summary>Waits until a status is as wanted.</summary>
    private protected async Task<CredentialStatus> UntilAsync(Func<CredentialStatus, bool> condition, string what)
    {
        CredentialStatus? status = null;
        await Waiting.UntilAsync(async () => condition(status = await Client.StatusAsync()), what);
        return status!;
    }
}
