using GrpcCreds.SalesforceSimulator;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Support;

/// <summary>Short forms of the OAuth calls, with the user and the connected app that the simulator has from the start.</summary>
internal static class OAuthAdministration
{
    /// <summary>The user that signs in.</summary>
    public static readonly SimulatedUser Ann = DefaultUsers.Production;

    /// <summary>Settings of a service that knows the simulator's connected app.</summary>
    public static readonly string[] Settings =
        [$"Salesforce:ClientId={DefaultApps.Demo.ConsumerKey}", $"Salesforce:ClientSecret={DefaultApps.Demo.ConsumerSecret}"];

    public static SetOAuthCredentialRequest SetOAuth(string tenant = "acme") => new() { TenantId = tenant, OrgId = Ann.OrgId, UserId = Ann.UserId };

    /// <summary>Starts a setup and signs in; completing it is left to the test.</summary>
    public static async Task<CompleteOAuthSetupRequest> SignInAsync(this SyncCredentials.SyncCredentialsClient client, string tenant = "acme") =>
        await SignIn.FollowAsync((await client.StartOAuthSetupAsync(new() { TenantId = tenant })).AuthorizationUrl);

    /// <summary>Starts a setup, signs in and completes it.</summary>
    public static async Task<CompleteOAuthSetupResponse> SetUpAsync(this SyncCredentials.SyncCredentialsClient client, string tenant = "acme") =>
        await client.CompleteOAuthSetupAsync(await client.SignInAsync(tenant));

    /// <summary>Saves ids and sets them up: OAuth serves.</summary>
    public static async Task<CredentialStatus> ConnectAsync(this SyncCredentials.SyncCredentialsClient client,
        string tenant = "acme", SimulatedUser? user = null)
    {
        var request = SetOAuth(tenant);
        (request.OrgId, request.UserId) = ((user ?? Ann).OrgId, (user ?? Ann).UserId);
        Assert.Equal(WriteResult.WaitingForSetup, (await client.SetOAuthCredentialAsync(request)).Result);
        var completed = await client.SetUpAsync(tenant);
        Assert.Equal(WriteResult.Activated, completed.Result);
        return completed.Status;
    }

    public static ModeStatus OAuth(this CredentialStatus status) => status.Modes.Single(mode => mode.Mode == Mode.Oauth);

    /// <summary>The next thing that a stream tells about its tenant.</summary>
    public static Task<WatchActiveCredentialResponse> NextStateAsync(this Grpc.Core.AsyncServerStreamingCall<WatchActiveCredentialResponse> watch) =>
        watch.ResponseStream.NextAsync(message => message.Heartbeat is null);

    /// <summary>Opens a stream and reads until everything present has been told.</summary>
    public static async Task<(Grpc.Core.AsyncServerStreamingCall<WatchActiveCredentialResponse> Watch, WatchActiveCredentialResponse First)> OpenWatchAsync(
        this SyncCredentials.SyncCredentialsClient client, string tenant = "acme")
    {
        var watch = client.WatchActiveCredential(Calls.Watch(tenant));
        var first = await watch.NextStateAsync();
        Assert.NotNull((await watch.NextStateAsync()).Synced);
        return (watch, first);
    }
}
