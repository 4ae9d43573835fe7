using GrpcCreds.Server.Store;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GrpcCreds.Server.Cluster;

/// <summary>A server is ready if it can read and write the store; past problems remain visible as degraded.</summary>
internal sealed class StoreHealthCheck(StoreHealth health, IStore store) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(this switch
        {
            _ when health.WriteBlock is { } block => HealthCheckResult.Unhealthy(block),
            _ when !health.IsFresh => HealthCheckResult.Unhealthy(
                $"{store.Name} has not been read successfully for over {StoreHealth.ReadyAge.TotalSeconds} s"),
            _ when health.WriteFailure is { } failure => HealthCheckResult.Degraded(
                $"STORE_NOT_WRITTEN: the store can be read, but the last write was given up: {failure}"),
            _ when health.Rollbacks > 0 => HealthCheckResult.Degraded(
                $"ROLLED_BACK: the store lost the newest state of {health.Rollbacks} tenants and this server restored it; find out why"),
            _ when health.Fault is { } weak => HealthCheckResult.Degraded($"STORE_WEAK: {weak.Text}"),
            _ when health.Durability.Class is DurabilityClass.Provider => HealthCheckResult.Degraded($"STORE_MAY_LOSE_WRITES: {health.Durability.Meaning}"),
            _ => HealthCheckResult.Healthy($"{store.Name} can be read and written. {health.Durability.Meaning}"),
        });
}
