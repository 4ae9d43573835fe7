using System.Diagnostics.Metrics;
using GrpcCreds.Server.Observability;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrpcCreds.Tests.Support;

/// <summary>Background work for a part of the service that is tested alone.</summary>
internal static class Background
{
    public static BackgroundWork New() => new(
        new ServiceMetrics(new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>()),
        NullLogger<BackgroundWork>.Instance);
}
