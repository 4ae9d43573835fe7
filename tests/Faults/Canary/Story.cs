using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Faults.Canary;

/// <summary>A tenant's life with everything that can be done with it, each call once in a way that goes well.</summary>
internal sealed class Story(CanaryWorld world, string tenant)
{
    private readonly SimulatedUser user = world.AddUser();

    public async Task RunAsync()
    {
        Assert.Equal(WriteResult.Activated, (await world.Admin.SetPasswordCredentialAsync(Password(tenant, user, deliver: true))).Result);
        await world.Viewer.GetCredentialStatusAsync(new() { TenantId = tenant });
        await world.Viewer.ListCredentialStatusesAsync(new());
        using (var watch = world.Viewer.WatchCredentialStatus(new() { TenantId = tenant }))
            await watch.ResponseStream.NextAsync();
        await NodeAsync();
        await world.Admin.TestAccessAsync(new() { TenantId = tenant, Mode = Mode.Password });
        await OAuthAsync();
        Assert.Equal(WriteResult.Activated, (await world.Admin.SetActiveModeAsync(new() { TenantId = tenant, Mode = Mode.Password })).Result);
        await world.Admin.ResetOAuthAsync(new() { TenantId = tenant });
        await world.Admin.DiscardCandidateAsync(new() { TenantId = tenant, Mode = Mode.Oauth });
        await world.Admin.DeleteOAuthAsync(new() { TenantId = tenant });
        await world.Admin.SetActiveModeAsync(new() { TenantId = tenant, Mode = Mode.Off });
        await world.Admin.DeletePasswordCredentialAsync(new() { TenantId = tenant });
        await ClientCredentialsAsync();
        await JwtBearerAsync();
        await AuditAsync(tenant);
    }

    /// <summary>Saves a user's ids and lets the user consent; the setup is completed.</summary>
    public static async Task ConnectAsync(CanaryWorld world, string tenant, SimulatedUser user)
    {
        await world.Admin.SetOAuthCredentialAsync(new() { TenantId = tenant, OrgId = user.OrgId, UserId = user.UserId });
        await world.Admin.CompleteOAuthSetupAsync(await SignInAsync(world, tenant, user));
    }

    /// <summary>Starts a setup and lets a user consent.</summary>
    public static async Task<CompleteOAuthSetupRequest> SignInAsync(CanaryWorld world, string tenant, SimulatedUser user) =>
        await SignIn.FollowAsync($"{(await world.Admin.StartOAuthSetupAsync(new() { TenantId = tenant })).AuthorizationUrl}&login_hint={user.Username}");

    public static SetPasswordCredentialRequest Password(string tenant, SimulatedUser user, bool deliver = false) =>
        new() { TenantId = tenant, Username = user.Username, Password = user.Password, SecurityToken = user.SecurityToken, DeliverLogin = deliver };

    /// <summary>All entries of a tenant's audit, to the last page.</summary>
    public async Task AuditAsync(string of)
    {
        var request = new ListAuditEventsRequest { TenantId = of, VerifyChain = of != "" };
        do
        {
            var page = await world.Auditor.ListAuditEventsAsync(request);
            request = new ListAuditEventsRequest(request) { PageToken = page.NextPageToken, VerifyChain = false };
        }
        while (request.PageToken != "");
    }

    private async Task NodeAsync()
    {
        using var watch = world.Node.WatchActiveCredential(new(Calls.Watch(tenant)) { NodeId = "node-0", InstanceId = Guid.NewGuid().ToString() });
        var revision = (await watch.NextStateAsync()).Credential.Revision;
        Assert.Equal(user.Password, (await world.Node.GetActiveCredentialAsync(new() { TenantId = tenant })).Credential.Login.Password);
        await ReportAsync(new() { Revision = revision, Outcome = ReportedOutcome.Applied });
        world.Simulator.EndSessions(user.Username);
        await ReportAsync(new() { Revision = revision, Outcome = ReportedOutcome.Rejected,
            FailureClass = FailureClass.SessionRefused, SalesforceCode = "INVALID_SESSION_ID" });
        await world.Viewer.ListNodesAsync(new() { TenantId = tenant });
    }

    private async Task ReportAsync(NodeReport report)
    {
        report.TenantId = tenant;
        await world.Node.ReportCredentialsAsync(new() { NodeId = "node-0", InstanceId = Guid.NewGuid().ToString(), Reports = { report } });
    }

    private async Task JwtBearerAsync()
    {
        var app = world.Simulator.AddApp(new()
        {
            ConsumerKey = $"3MVG9.jwt.{tenant}", ConsumerSecret = world.Canaries.Plain("consumer secret"), CallbackUrls = [], ApprovedUsers = [user.Username],
        });
        var request = new SetJwtBearerCredentialRequest
        {
            TenantId = tenant, ConsumerKey = app.ConsumerKey, Username = user.Username, MyDomain = ClientCredentialsAdministration.MyDomain,
        };
        var set = await world.Admin.SetJwtBearerCredentialAsync(request);
        await world.Admin.TestAccessAsync(new() { TenantId = tenant, Mode = Mode.JwtBearer });
        world.Simulator.UploadCertificate(app.ConsumerKey, set.Certificate.Pem);
        Assert.Equal(WriteResult.Activated, (await world.Admin.SetActiveModeAsync(new() { TenantId = tenant, Mode = Mode.JwtBearer })).Result);
        Assert.Equal(Mode.JwtBearer, (await world.Node.GetActiveCredentialAsync(new() { TenantId = tenant })).Credential.Mode);
        await world.Admin.SetJwtBearerCredentialAsync(new() { TenantId = tenant, NewKey = true });
        await world.Viewer.GetCredentialStatusAsync(new() { TenantId = tenant });
        await world.Admin.DeleteJwtBearerCredentialAsync(new() { TenantId = tenant, AllowActive = true });
    }

    private async Task ClientCredentialsAsync()
    {
        var app = world.Simulator.AddApp(new()
        {
            ConsumerKey = $"3MVG9.{tenant}", ConsumerSecret = world.Canaries.Plain("consumer secret"), CallbackUrls = [], RunAs = user.Username,
        });
        var set = await world.Admin.SetClientCredentialsAsync(new()
        {
            TenantId = tenant, ConsumerKey = app.ConsumerKey, ConsumerSecret = app.ConsumerSecret, MyDomain = ClientCredentialsAdministration.MyDomain,
            OrgId = user.OrgId,
        });
        Assert.Equal(WriteResult.Activated, set.Result);
        Assert.Equal(Mode.ClientCredentials, (await world.Node.GetActiveCredentialAsync(new() { TenantId = tenant })).Credential.Mode);
        var tested = await world.Admin.TestAccessAsync(new() { TenantId = tenant, Mode = Mode.ClientCredentials });
        Assert.Equal(Outcome.Succeeded, tested.Test.Outcome);
        await RotateAsync();
        world.Simulator.Fail(Endpoint.Token, Failure.OAuth("invalid_client", app.ConsumerSecret), username: user.Username);
        await world.Admin.TestAccessAsync(new() { TenantId = tenant, Mode = Mode.ClientCredentials });
        await world.Admin.DeleteClientCredentialsAsync(new() { TenantId = tenant, AllowActive = true });
    }

    private async Task RotateAsync()
    {
        var started = await world.Admin.RotateClientSecretAsync(new() { TenantId = tenant, Leaked = true });
        Assert.Equal(WriteResult.RotationStarted, started.Result);
        using var watch = world.Viewer.WatchCredentialStatus(
            new() { TenantId = tenant, Until = Until.RotationFinished }, deadline: DateTime.UtcNow.AddSeconds(90));
        CredentialStatus? last = null;
        while (await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            last = watch.ResponseStream.Current.Status;
            if (last.ClientCredentials().Current.Rotation.Step == RotationStep.RollOut)
                await ReportAsync(new() { Revision = last.Revision, Outcome = ReportedOutcome.Applied });
        }
        Assert.Equal(Outcome.Succeeded, last!.ClientCredentials().Current.Rotation.Outcome);
    }

    private async Task OAuthAsync()
    {
        await ConnectAsync(world, tenant, user);
        Assert.Equal(Mode.Oauth, (await world.Node.GetActiveCredentialAsync(new() { TenantId = tenant })).Credential.Mode);
        world.Simulator.EndSessions(user.Username);
        var tested = await world.Admin.TestAccessAsync(new() { TenantId = tenant, Mode = Mode.Oauth });
        Assert.Equal(Outcome.Succeeded, tested.Test.Outcome);
    }
}
