using System.Collections;
using System.Collections.Frozen;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Health.V1;
using GrpcCreds.Server.Callers;
using GrpcCreds.V1;

namespace GrpcCreds.Server.Api;

/// <summary>How a call's tenant is known.</summary>
internal enum Reach
{
    /// <summary>
    /// The request names one, in <c>tenant_id</c>: refused if it is not the caller's. A status watch may name many in <c>tenant_ids</c> instead, or say that
    /// it means all the caller may see, and answers for each.
    /// </summary>
    Tenant,

    /// <summary>The request names many, in <c>tenants</c> or <c>reports</c>: refused if none is the caller's; the call answers for each of the others.</summary>
    Tenants,

    /// <summary>The call answers with what the caller may see.</summary>
    Visible,

    /// <summary>The request holds only what leads to the tenant; the call itself asks <see cref="Caller.May(Role, TenantId)"/> once it knows, before it does anything.</summary>
    FoundByCall,
}

/// <summary>What a call needs.</summary>
internal sealed record Right(Role Role, Reach Reach)
{
    /// <summary>The tenants a request names, as they were sent.</summary>
    public IEnumerable<string> TenantsOf(IMessage request) => Reach switch
    {
        Reach.Tenant => request switch
        {
            WatchCredentialStatusRequest { TenantId: "", TenantIds: { Count: > 0 } many } => many,
            WatchCredentialStatusRequest { TenantId: "", AllTenants: true } => [],
            _ => [TenantOf(request)],
        },
        Reach.Tenants => ((IEnumerable)(request.Descriptor.FindFieldByName("tenants") ?? request.Descriptor.FindFieldByName("reports")).Accessor.GetValue(request)).Cast<IMessage>().Select(TenantOf),
        _ => [],
    };

    private static string TenantOf(IMessage message) => (string)message.Descriptor.FindFieldByName("tenant_id").Accessor.GetValue(message);
}

/// <summary>The one table of who may make which call. What is not in it nobody may.</summary>
internal static class Rights
{
    private const string Service = "/grpccreds.v1.SyncCredentials/";

    // Answers that tell nothing about tenants; whole names, as they are written. Reflection is mapped in Development only.
    private static readonly FrozenSet<string> OpenCalls =
        new[] { HealthReflection.Descriptor, Grpc.Reflection.V1Alpha.ReflectionReflection.Descriptor, Grpc.Reflection.V1.ReflectionReflection.Descriptor }
        .SelectMany(file => file.Services).SelectMany(service => service.Methods).Select(method => $"/{method.Service.FullName}/{method.Name}").ToFrozenSet();

    public static readonly FrozenDictionary<string, Right> Calls = new Dictionary<string, Right>
    {
        ["SetPasswordCredential"] = new(Role.Admin, Reach.Tenant),
        ["SetOAuthCredential"] = new(Role.Admin, Reach.Tenant),
        ["StartOAuthSetup"] = new(Role.Admin, Reach.Tenant),
        ["CompleteOAuthSetup"] = new(Role.Admin, Reach.FoundByCall),
        ["ResetOAuth"] = new(Role.Admin, Reach.Tenant),
        ["DeleteOAuth"] = new(Role.Admin, Reach.Tenant),
        ["SetActiveMode"] = new(Role.Admin, Reach.Tenant),
        ["DiscardCandidate"] = new(Role.Admin, Reach.Tenant),
        ["DeletePasswordCredential"] = new(Role.Admin, Reach.Tenant),
        ["TestAccess"] = new(Role.Admin, Reach.Tenant),
        ["GetCredentialStatus"] = new(Role.Viewer, Reach.Tenant),
        ["WatchCredentialStatus"] = new(Role.Viewer, Reach.Tenant),
        ["ListCredentialStatuses"] = new(Role.Viewer, Reach.Visible),
        ["ListNodes"] = new(Role.Viewer, Reach.Tenant),
        ["ReportCredentials"] = new(Role.Node, Reach.Tenants),
        ["GetActiveCredential"] = new(Role.Node, Reach.Tenant),
        ["WatchActiveCredential"] = new(Role.Node, Reach.Tenants),
        // Without a tenant it answers with what belongs to none, which is for auditors of all.
        ["ListAuditEvents"] = new(Role.Auditor, Reach.Tenant),
    }.ToFrozenDictionary(call => Service + call.Key, call => call.Value);

    /// <summary>What each call takes and answers: the contract's, and those of health.</summary>
    public static readonly FrozenDictionary<string, MethodDescriptor> Methods =
        new[] { SyncCredentialsReflection.Descriptor, HealthReflection.Descriptor }.SelectMany(file => file.Services).SelectMany(service => service.Methods)
        .ToFrozenDictionary(method => $"/{method.Service.FullName}/{method.Name}");

    /// <summary>The calls whose request holds a list, and so may be long.</summary>
    public static readonly FrozenSet<string> Lists =
        Methods.Where(method => method.Value.InputType.Fields.InDeclarationOrder().Any(field => field.IsRepeated)).Select(method => method.Key).ToFrozenSet();

    /// <summary>A call's name in the contract, or "?" for what is none of its calls.</summary>
    public static string NameOf(string method) => Calls.ContainsKey(method) ? method[Service.Length..] : "?";

    /// <summary>Whether anybody may call, without saying who it is.</summary>
    public static bool IsOpen(string method) => OpenCalls.Contains(method);

    /// <summary>Whether a caller has the role, and one of the tenants the request names.</summary>
    public static bool Allow(Caller caller, Right? right, IMessage request)
    {
        if (right is null || !caller.May(right.Role))
            return false;
        var tenants = right.TenantsOf(request).ToList();
        // A request that names nobody is wrong in itself, and is told so.
        return tenants.Count == 0 || tenants.Exists(tenant => caller.May(right.Role, tenant));
    }
}
