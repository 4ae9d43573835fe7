using GrpcCreds.Client;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the client of GrpcCreds to an application's health checks.</summary>
public static class GrpcCredsHealthChecksBuilderExtensions
{
    /// <summary>
    /// Healthy while every watched tenant is <see cref="SourceState.Live"/>, or none is watched; degraded while some are
    /// <see cref="SourceState.Stale"/> or <see cref="SourceState.Connecting"/>; unhealthy once some are <see cref="SourceState.Stopped"/>. The data
    /// counts the tenants in each state. Requires <c>AddGrpcCredsClient</c> on the container.
    /// </summary>
    /// <param name="builder">The health checks.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="failureStatus">The status to report instead of unhealthy; null: unhealthy.</param>
    /// <param name="tags">Tags of the check.</param>
    public static IHealthChecksBuilder AddGrpcCredsClient(
        this IHealthChecksBuilder builder, string name = "grpccreds", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Add(new HealthCheckRegistration(
            name, provider => new CredentialWatchHealthCheck(provider.GetRequiredService<CredentialWatch>()), failureStatus, tags));
    }
}
