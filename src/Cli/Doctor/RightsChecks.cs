using Grpc.Core;
using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Commands;
using GrpcCreds.V1;

namespace GrpcCreds.Cli.Doctor;

/// <summary>
/// Who the caller is to the service, and what it may. The right to a call is decided before its fields are checked, so a call with a wrong field tells the
/// right and does nothing else. The audit records the calls that are refused.
/// </summary>
internal sealed class RightsChecks(Invocation invocation, string? tenant)
{
    public async Task<(Finding Finding, CredentialStatus? Status)> AuthenticationAsync()
    {
        var proof = invocation.Target.Settings switch
        {
            { TokenCommand: not null } => "the token of token_command",
            { TokenFile: not null } => "the token of token_file",
            { CertificateFile: not null } => "the client certificate",
            _ => "no token and no certificate",
        };
        try
        {
            var page = await invocation.Client.ListCredentialStatusesAsync(new() { PageSize = 1 }, invocation.Read());
            return (Finding.Good("caller", $"known, by {proof}"), page.Statuses.FirstOrDefault());
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.PermissionDenied)
        {
            return (Finding.Good("caller", $"known, by {proof}"), null);
        }
        catch (RpcException e)
        {
            var fix = e.StatusCode == StatusCode.Unauthenticated
                ? "Set the context's token_command, token_file or certificate_file to what the service's table of callers names (docs/access-control.md)."
                : "See the log of the service.";
            return (Finding.Bad("caller", $"{proof}: {Refusal.Explain(e).Lines[0]}", fix), null);
        }
    }

    /// <summary>Only for a tenant: rights are given per tenant.</summary>
    public async IAsyncEnumerable<Finding> RightsAsync()
    {
        if (tenant is null)
            yield break;
        var (client, options) = (invocation.Client, invocation.Read());
        var roles = new List<(string Role, bool May)>
        {
            ("viewer", await MayAsync(async () => await client.GetCredentialStatusAsync(new() { TenantId = tenant }, options))),
            ("admin", await MayAsync(async () => await client.SetActiveModeAsync(new() { TenantId = tenant, Mode = Mode.Unspecified }, options))),
            ("node", await MayAsync(async () => await client.GetActiveCredentialAsync(new() { TenantId = tenant, MinRevision = -1 }, options))),
            ("auditor", await MayAsync(async () => await client.ListAuditEventsAsync(new() { TenantId = tenant, PageSize = 1 }, options))),
        };
        var held = roles.Where(role => role.May).Select(role => role.Role).ToList();
        var missing = roles.Where(role => !role.May).Select(role => role.Role).ToList();
        yield return held.Count > 0
            ? Finding.Good("rights", $"{tenant}: {string.Join(", ", held)}{(missing.Count > 0 ? $"; not {string.Join(", ", missing)}" : "")}")
            : Finding.Bad("rights", $"{tenant}: none", $"Grant a role for {tenant} in the service's table of callers (docs/access-control.md).");
    }

    /// <summary>The tenant itself.</summary>
    public async IAsyncEnumerable<Finding> TenantAsync()
    {
        CredentialStatus status;
        try
        {
            if (tenant is null)
                yield break;
            status = await invocation.StatusAsync(tenant);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.PermissionDenied)
        {
            yield break;
        }
        var advice = status.Advice.Length > 0 ? status.Advice : $"See: grpccreds status {tenant}";
        yield return status.Availability == Availability.Serving
            ? Finding.Good("tenant", $"{tenant} is SERVING")
            : Finding.Warn("tenant", $"{tenant} is {Output.Names.Of(status.Availability)}", advice);
    }

    private static async Task<bool> MayAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.PermissionDenied)
        {
            return false;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.InvalidArgument)
        {
            return true;
        }
    }
}
