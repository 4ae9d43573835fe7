using System.Collections.Frozen;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Health.V1;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Rights;
using GrpcCreds.V1;

namespace GrpcCreds.Server.Api;

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
