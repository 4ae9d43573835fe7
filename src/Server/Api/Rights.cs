using System.Collections.Frozen;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Health.V1;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Rights;
using GrpcCreds.V1;

namespace GrpcCreds.Server.Api;

/// <summary>The single table of which role may make which call. A call that is not in it is refused for every caller.</summary>
internal static class Rights
{
    private const string Service = "/grpccreds.v1.SyncCredentials/";

    // Their answers reveal nothing about tenants. Full method names, in exact case. Reflection is mapped in Development only.
    private static readonly FrozenSet<string> OpenCalls =
        new[] { HealthReflection.Descriptor, Grpc.Reflection.V1Alpha.ReflectionReflection.Descriptor, Grpc.Reflection.V1.ReflectionReflection.Descriptor }
        .SelectMany(file => file.Services).SelectMany(service => service.Methods).Select(method => $"/{method.Service.FullName}/{method.Name}").ToFrozenSet();

    public static readonly FrozenDictionary<string, Right> Calls = new Dictionary<string, Right>
    {
        ["SetPasswordCredential"] = new(Role.Admin, Reach.Tenant),
        ["SetClientCredentials"] = new(Role.Admin, Reach.Tenant),
        ["RotateClientSecret"] = new(Role.Admin, Reach.Tenant),
        ["DeleteClientCredentials"] = new(Role.Admin, Reach.Tenant),
        ["SetJwtBearerCredential"] = new(Role.Admin, Reach.Tenant),
        ["DeleteJwtBearerCredential"] = new(Role.Admin, Reach.Tenant),
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
        // Without a tenant it returns the entries that belong to no tenant; that requires the auditor role for all tenants.
        ["ListAuditEvents"] = new(Role.Auditor, Reach.Tenant),
    }.ToFrozenDictionary(call => Service + call.Key, call => call.Value);

    /// <summary>The request and response types of each call: the contract's calls and those of health.</summary>
    public static readonly FrozenDictionary<string, MethodDescriptor> Methods =
        new[] { SyncCredentialsReflection.Descriptor, HealthReflection.Descriptor }.SelectMany(file => file.Services).SelectMany(service => service.Methods)
        .ToFrozenDictionary(method => $"/{method.Service.FullName}/{method.Name}");

    /// <summary>The calls whose request contains a list and can therefore be long.</summary>
    public static readonly FrozenSet<string> Lists =
        Methods.Where(method => method.Value.InputType.Fields.InDeclarationOrder().Any(field => field.IsRepeated)).Select(method => method.Key).ToFrozenSet();

    /// <summary>A call's name in the contract, or "?" for any other call.</summary>
    public static string NameOf(string method) => Calls.ContainsKey(method) ? method[Service.Length..] : "?";

    /// <summary>Whether the call needs no authentication.</summary>
    public static bool IsOpen(string method) => OpenCalls.Contains(method);

    /// <summary>Whether the caller has the role for at least one of the tenants the request names.</summary>
    public static bool Allow(Caller caller, Right? right, IMessage request)
    {
        if (right is null || !caller.May(right.Role))
            return false;
        var tenants = right.TenantsOf(request).ToList();
        // A request that names no tenant is invalid; validation reports that.
        return tenants.Count == 0 || tenants.Exists(tenant => caller.May(right.Role, tenant));
    }
}
