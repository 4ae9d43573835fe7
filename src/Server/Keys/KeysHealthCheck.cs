using GrpcCreds.Server.Store;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GrpcCreds.Server.Keys;

/// <summary>
/// The report on the keys, in one line: which key seals, which are staged, and how many records each replaced key still holds. A server that
/// cannot open what the other servers write is not ready.
/// </summary>
internal sealed class KeysHealthCheck(KeyStatus keyStatus, Sealer sealer) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(this switch
        {
            _ when keyStatus.Obstacle is { } obstacle => HealthCheckResult.Unhealthy($"{obstacle}. {Report}"),
            _ when keyStatus.Problem is { } problem => HealthCheckResult.Degraded($"{problem}. {Report}"),
            _ => HealthCheckResult.Healthy(Report),
        });

    private string Report => keyStatus.Meta is not { } meta
        ? "not read yet"
        : string.Join("; ", Ids(meta).Select(id => $"'{id}' is {KeyRules.StateOf(meta, id).ToString().ToLowerInvariant()}{InUse(meta, id)}"));

    // A key that was replaced and removed is no longer of interest.
    private IEnumerable<string> Ids(StoreMeta meta) => meta.Sealing.Where(id => sealer.Keys.Ids.Contains(id) || keyStatus.InUse(id) > 0)
        .Concat(meta.KeyChecks.Keys.Except(meta.Sealing).Where(id => id != KeyRing.AuditKeyId).Order(StringComparer.Ordinal));

    private string InUse(StoreMeta meta, string id) => (KeyRules.StateOf(meta, id), keyStatus.InUse(id)) switch
    {
        (KeyState.Staged, _) => "",
        (_, null) => ", being counted",
        (KeyState.Retiring, 0) => ", holds 0 records and may be removed",
        (_, var count) => $", holds {count} records",
    };
}
