using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GrpcCreds.Client;

/// <summary>Reports whether the watched tenants are current. Names no tenant.</summary>
internal sealed class CredentialWatchHealthCheck(CredentialWatch watch) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var counts = watch.CountStates();
        var data = counts.ToDictionary(state => state.Key.ToString(), state => (object)state.Value);
        return Task.FromResult(
            counts[SourceState.Stopped] > 0 ? new HealthCheckResult(
                context.Registration.FailureStatus, "tenants are no longer watched: the service refused the request, or the watch was disposed", data: data)
            : counts[SourceState.Stale] > 0 ? HealthCheckResult.Degraded(
                "the state of some tenants may be old: the service is unreachable, or cannot read its store", data: data)
            : counts[SourceState.Connecting] > 0 ? HealthCheckResult.Degraded("the service has not answered for some tenants yet", data: data)
            : HealthCheckResult.Healthy("all watched tenants are current", data));
    }
}
