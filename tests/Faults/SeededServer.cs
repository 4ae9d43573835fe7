using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;

namespace GrpcCreds.Tests.Faults;

/// <summary>Starts the service, or the same service with one bug that this suite has to find.</summary>
internal static class SeededServer
{
    public static Task<ServiceProcess> StartAsync(Simulator simulator, string dataDirectory, IEnumerable<string> settings, string? bug) => bug is null
        ? ServiceProcess.StartAsync(simulator, dataDirectory, settings)
        : ServiceProcess.StartAsync(
            simulator, dataDirectory, settings, "GrpcCreds.SeededServer.dll", new Dictionary<string, string> { ["GRPCCREDS_SEEDED_BUG"] = bug });
}
