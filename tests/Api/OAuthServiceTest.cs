using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Time;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GrpcCreds.Tests.Api;

/// <summary>
/// A test of OAuth mode: the service knows the simulator's connected app, every sign-in is Ann's, and both sides share one clock, which
/// jumps. Sessions live 15 minutes.
/// </summary>
public abstract class OAuthServiceTest : ServiceTest
{
    private protected static SimulatedUser Ann => OAuthAdministration.Ann;

    private protected DevelopmentClock Clock { get; } = new(speed: 1);

    private protected override TimeProvider ServiceClock => Clock;

    private protected override IEnumerable<string> Settings => OAuthAdministration.Settings;

    private protected override SimulatorOptions SimulatorOptions => new() { TimeProvider = Clock, SessionSecondsValid = 900, AutoApprove = true };

    // A call without an answer times out soon; nothing here takes longer.
    private protected override void Configure(IServiceCollection services) =>
        services.AddSingleton(new CallLimits(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2), CallLimits.Default.MaxBytes));

    /// <summary>The number of requests to the token endpoint.</summary>
    private protected int TokenRequests => Requests("token");

    /// <summary>The number of times a refresh token was presented for a new session.</summary>
    private protected int Refreshes => Simulator.Grants().Sum(grant => grant.RefreshTokens.Sum(token => token.Refreshes));

    private protected int Requests(string endpoint) => Simulator.Requests().Count(request => request.Path == $"/services/oauth2/{endpoint}");

    private protected async Task<ModeStatus> OAuthStatusAsync() => (await Client.StatusAsync()).OAuth();

    /// <summary>Waits until what a status shows of OAuth mode is as wanted.</summary>
    private protected async Task<CredentialStatus> UntilAsync(Func<CredentialStatus, bool> condition, string what)
    {
        CredentialStatus? status = null;
        await Waiting.UntilAsync(async () => condition(status = await Client.StatusAsync()), what);
        return status!;
    }

    private protected static void Equal(WatchActiveCredentialResponse message, CredentialStatus status, Mode mode) =>
        Assert.Equal((status.Revision, mode), (message.Credential?.Revision, message.Credential?.Mode));
}
