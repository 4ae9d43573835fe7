using Grpc.Core;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults.Renewal;

/// <summary>A renewal as an administrator sees it.</summary>
internal static class Outcomes
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    /// <summary>A person has been asked to authorize again.</summary>
    public static bool IsLost(CredentialStatus status) => Grant(status)?.LastRenewalFailure is { FailureClass: FailureClass.OutcomeUnknown } failure
        && failure.Advice.StartsWith("Set up the OAuth token", StringComparison.Ordinal);

    /// <summary>The session in force was renewed after a moment.</summary>
    public static bool IsRenewed(CredentialStatus status, DateTimeOffset after) =>
        Grant(status) is { LastRenewalFailure: null, SessionExpireTime: { } end } && end.ToDateTimeOffset() > after + TimeSpan.FromMinutes(115);

    /// <summary>
    /// Waits until these tenants are renewed or lost, and returns the lost ones. When there is no more progress, the clocks jump to the end of
    /// the unfinished claims; a fast clock gets there anyway.
    /// </summary>
    public static async Task<IReadOnlyList<string>> SettledAsync(GrantDeployment deployment, IReadOnlyList<string> tenants, DateTimeOffset after)
    {
        var (lost, open, last) = (new List<string>(), new List<string>(tenants), "");
        var until = DateTime.UtcNow + Waiting.Long;
        while (true)
        {
            for (var wait = DateTime.UtcNow + Patience; open.Count > 0 && DateTime.UtcNow < wait; await Task.Delay(20))
            {
                foreach (var tenant in open.ToList())
                {
                    if (await StatusAsync(deployment, tenant) is not { } status)
                        continue;
                    last = status.ToString();
                    if (IsLost(status))
                        lost.Add(tenant);
                    if (IsLost(status) || IsRenewed(status, after))
                        open.Remove(tenant);
                }
            }
            if (open.Count == 0)
                return lost;
            Assert.True(DateTime.UtcNow < until, $"waited in vain until {string.Join(", ", open)} were renewed or lost, until {deployment.Now:O}: {last}");
            if (deployment.IsClockReal)
                await deployment.EndClaimsAsync(open);
        }
    }

    /// <summary>Waits until the tenant is renewed, though it may be said to be lost before.</summary>
    public static Task RenewedAsync(GrantDeployment deployment, string tenant, DateTimeOffset after) => Waiting.UntilAsync(
        async () => await StatusAsync(deployment, tenant) is { } status && IsRenewed(status, after), $"{tenant} is renewed");

    /// <summary>Null while the store does not answer.</summary>
    public static async Task<CredentialStatus?> StatusAsync(GrantDeployment deployment, string tenant)
    {
        try
        {
            return await deployment.Client.StatusAsync(tenant);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
        {
            return null;
        }
    }

    private static GrantStatus? Grant(CredentialStatus status) => status.Modes.SingleOrDefault(mode => mode.Mode == Mode.Oauth)?.Current?.Grant;
}
