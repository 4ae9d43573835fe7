using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Api;
using GrpcCreds.Server.Callers.Rights;
using GrpcCreds.Server.Salesforce.Setup;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Callers.Rights;

/// <summary>
/// Every call of the contract, by every role, for every kind of tenant. The test does not read the service's own table: this is a
/// second one.
/// </summary>
public sealed class RightsTests : IAsyncLifetime
{
    private const string Foreign = "globex", Unknown = "no-such-tenant";

    private static readonly Dictionary<string, string> RoleOf = new()
    {
        ["SetPasswordCredential"] = "admin",
        ["SetClientCredentials"] = "admin",
        ["DeleteClientCredentials"] = "admin",
        ["RotateClientSecret"] = "admin",
        ["SetJwtBearerCredential"] = "admin",
        ["DeleteJwtBearerCredential"] = "admin",
        ["SetOAuthCredential"] = "admin",
        ["StartOAuthSetup"] = "admin",
        ["CompleteOAuthSetup"] = "admin",
        ["ResetOAuth"] = "admin",
        ["DeleteOAuth"] = "admin",
        ["SetActiveMode"] = "admin",
        ["DiscardCandidate"] = "admin",
        ["DeletePasswordCredential"] = "admin",
        ["TestAccess"] = "admin",
        ["GetCredentialStatus"] = "viewer",
        ["WatchCredentialStatus"] = "viewer",
        ["ListCredentialStatuses"] = "viewer",
        ["ListNodes"] = "viewer",
        ["ReportCredentials"] = "node",
        ["GetActiveCredential"] = "node",
        ["WatchActiveCredential"] = "node",
        ["ListAuditEvents"] = "auditor",
    };

    private static readonly string[] Malformed = ["", "ACME", "аcme", "acme\0", "{acme}", "acme:x", "..", "acme.", "*", "-acme", new('a', 64), "globex\n"];

    private static readonly ServiceDescriptor Contract = SyncCredentialsReflection.Descriptor.Services.Single();

    private CallersWorld? world;
    private Simulator? simulator;

    private CallersWorld World => world!;

    public static TheoryData<string, string> CallsAndRoles =>
        [.. from method in Contract.Methods from role in CallersWorld.Roles select new TheoryDataRow<string, string>(method.Name, role)];

    public async ValueTask InitializeAsync()
    {
        simulator = await Simulator.StartAsync();
        simulator.AddUser(Calls.User, Calls.Password);
        world = await CallersWorld.StartAsync(simulator);
        await World.As("all-admin").ActivateAsync(CallersWorld.Own);
        await World.As("all-admin").ActivateAsync(Foreign);
    }

    public async ValueTask DisposeAsync()
    {
        await World.DisposeAsync();
        await simulator!.DisposeAsync();
    }

    [Fact]
    public void Every_call_of_the_contract_stands_in_both_tables_and_no_other()
    {
        var calls = Contract.Methods.Select(method => method.Name).Order().ToList();
        Assert.Equal(calls, RoleOf.Keys.Order());
        Assert.Equal(calls, Server.Api.Rights.Calls.Keys.Select(method => method.Split('/')[^1]).Order());
        Assert.All(Server.Api.Rights.Calls.Keys, method => Assert.StartsWith($"/{Contract.FullName}/", method, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_row_fits_the_request_of_its_call()
    {
        foreach (var method in Contract.Methods)
        {
            var reach = Server.Api.Rights.Calls[$"/{Contract.FullName}/{method.Name}"].Reach;
            // A request that names a tenant is never let through without a look at it.
            Assert.Equal(method.InputType.FindFieldByName("tenant_id") is not null, reach == Reach.Tenant);
            Assert.Equal((method.InputType.FindFieldByName("tenants") ?? method.InputType.FindFieldByName("reports")) is not null, reach == Reach.Tenants);
        }
    }

    [Fact]
    public void No_role_both_changes_and_receives()
    {
        foreach (var role in Enum.GetValues<Role>())
        {
            var methods = Contract.Methods.Where(method => Server.Api.Rights.Calls[$"/{Contract.FullName}/{method.Name}"].Role == role).ToList();
            Assert.False(methods.Exists(Changes) && methods.Exists(Receives), $"{role} both changes and receives");
        }

        static bool Changes(MethodDescriptor method) => typeof(IWriteRequest).IsAssignableFrom(method.InputType.ClrType);

        static bool Receives(MethodDescriptor method) => method.OutputType.Fields.InDeclarationOrder()
            .Any(field => field.FieldType == FieldType.Message && field.MessageType == ActiveCredential.Descriptor);
    }

    [Theory, MemberData(nameof(CallsAndRoles))]
    public async Task A_call_is_made_for_ones_own_tenants_with_the_right_role_and_all_else_is_refused_alike(string call, string role)
    {
        Assert.True(RoleOf.TryGetValue(call, out var needed), $"{call} has no row here: who may make it?");
        var mayCall = needed == role;
        var reach = Server.Api.Rights.Calls[$"/{Contract.FullName}/{call}"].Reach;

        var own = await CallAsync(call, role, CallersWorld.Own);
        Assert.Equal(mayCall, own.Code is not StatusCode.PermissionDenied);
        Assert.NotEqual(StatusCode.Unauthenticated, own.Code);

        var foreign = await CallAsync(call, role, Foreign);
        if (reach != Reach.Visible || !mayCall)
            Assert.Equal((StatusCode.PermissionDenied, "NOT_PERMITTED"), (foreign.Code, foreign.Reason));
        Assert.Equal(foreign, await CallAsync(call, role, Unknown));
        foreach (var malformed in Malformed.Where(_ => reach is Reach.Tenant or Reach.Tenants))
            Assert.Equal(foreign, await CallAsync(call, role, malformed));
    }

    [Theory, MemberData(nameof(CallsAndRoles))]
    public async Task With_a_star_every_tenant_is_ones_own_and_a_malformed_name_is_told_so(string call, string role)
    {
        var mayCall = RoleOf[call] == role;
        foreach (var tenant in new[] { CallersWorld.Own, Foreign, Unknown })
            Assert.Equal(mayCall, (await CallAsync(call, $"all-{role}", tenant)).Code is not StatusCode.PermissionDenied);
        if (Server.Api.Rights.Calls[$"/{Contract.FullName}/{call}"].Reach is Reach.Tenant or Reach.Tenants)
            Assert.Equal(mayCall ? StatusCode.InvalidArgument : StatusCode.PermissionDenied, (await CallAsync(call, $"all-{role}", "ACME")).Code);
    }

    [Fact]
    public async Task What_else_is_wrong_with_a_request_for_a_foreign_tenant_is_not_said()
    {
        var request = new SetPasswordCredentialRequest { TenantId = Foreign, RequestId = "no uuid", Reason = new string('x', 500), Etag = "stale" };
        var refused = await World.As("admin").SetPasswordCredentialAsync(request).FailsAsync(StatusCode.PermissionDenied, "NOT_PERMITTED");
        Assert.Null(refused.GetDetail<BadRequest>());
    }

    [Fact]
    public async Task A_list_shows_the_callers_tenants_only_and_its_pages_too()
    {
        Assert.Equal([CallersWorld.Own], (await World.As("viewer").ListCredentialStatusesAsync(new())).Statuses.Select(status => status.TenantId));
        Assert.Equal([CallersWorld.Own, Foreign], (await World.As("all-viewer").ListCredentialStatusesAsync(new())).Statuses.Select(status => status.TenantId));
        var page = await World.As("viewer").ListCredentialStatusesAsync(new() { PageSize = 1 });
        Assert.Equal("", page.NextPageToken);
    }

    [Fact]
    public async Task A_watch_tells_foreign_and_unknown_tenants_alike_and_goes_on_with_the_others()
    {
        var request = Calls.Watch(Foreign);
        request.Tenants.Add(new WatchedTenant { TenantId = CallersWorld.Own });
        request.Tenants.Add(new WatchedTenant { TenantId = Unknown, KnownRevision = 7 });
        using var watch = World.As("node").WatchActiveCredential(request);
        var told = new List<WatchActiveCredentialResponse>();
        while (told is not [.., { Synced: not null }])
            told.Add(await watch.ResponseStream.NextAsync(message => message.Heartbeat is null));

        Assert.Equal(CallersWorld.Own, Assert.Single(told, message => message.Credential is not null).Credential.TenantId);
        var refused = told.Select(message => message.Unavailable).OfType<CredentialUnavailable>().ToList();
        Assert.Equal([Foreign, Unknown], refused.Select(message => message.TenantId));
        Assert.Single(refused.Select(message => new CredentialUnavailable(message) { TenantId = "" }).Distinct());
        Assert.Equal((Availability.NotPermitted, 0L), (refused[0].Cause, refused[0].Revision));
        Assert.Empty((await watch.ResponseStream.NextAsync()).Heartbeat.StaleTenantIds);
    }

    [Fact]
    public async Task Who_wrote_is_known_by_the_name_in_the_table() =>
        Assert.Equal("all-admin", (await World.As("viewer").StatusAsync()).Modes[0].Current.SetBy);

    [Fact]
    public async Task Health_asks_nobody()
    {
        var health = new Grpc.Health.V1.Health.HealthClient(World.Invoker());
        Assert.Equal(Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus.Serving, (await health.CheckAsync(new())).Status);
    }

    private async Task<Answer> CallAsync(string call, string caller, string tenant)
    {
        var method = Contract.FindMethodByName(call);
        var request = (IMessage)Activator.CreateInstance(method.InputType.ClrType)!;
        method.InputType.FindFieldByName("tenant_id")?.Accessor.SetValue(request, tenant);
        if (request is WatchActiveCredentialRequest watch)
            watch.Tenants.Add(new WatchedTenant { TenantId = tenant });
        if (request is ReportCredentialsRequest report)
        {
            report.NodeId = "node-1";
            report.Reports.Add(new NodeReport { TenantId = tenant, Leaving = true });
        }
        // Its tenant is known only from the state.
        if (request is CompleteOAuthSetupRequest complete && TenantId.TryParse(tenant, out var of))
            (complete.State, complete.Code) = (OAuthState.Of(of, new byte[32]).Value.Reveal(), "code");
        var bytes = Marshallers.Create<byte[]>(message => message, message => message);
        var invoker = World.Invoker($"Bearer {World.Issuer.Token(caller)}");
        try
        {
            if (method.IsServerStreaming)
            {
                using var stream = invoker.AsyncServerStreamingCall(
                    new Method<byte[], byte[]>(MethodType.ServerStreaming, Contract.FullName, call, bytes, bytes), null, default, request.ToByteArray());
                await stream.ResponseStream.NextAsync();
            }
            else
            {
                await invoker.AsyncUnaryCall(new Method<byte[], byte[]>(MethodType.Unary, Contract.FullName, call, bytes, bytes),
                    null, default, request.ToByteArray()).ResponseAsync.WaitAsync(Waiting.Long);
            }
            return new(StatusCode.OK, "", "", "");
        }
        catch (RpcException e)
        {
            var trailers = e.Trailers.Where(entry => entry.Key != "date")
                .Select(entry => $"{entry.Key}: {(entry.IsBinary ? Convert.ToHexString(entry.ValueBytes) : entry.Value)}");
            return new(e.StatusCode, e.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason ?? "", e.Status.Detail, string.Join('\n', trailers.Order()));
        }
    }

    /// <summary>All that a caller sees of a refusal.</summary>
    private sealed record Answer(StatusCode Code, string Reason, string Text, string Trailers);
}
