using GrpcCreds.Server.Callers;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Hosting;

/// <summary>Warns at every start if authentication is off, and stops such a service if it can be reached from beyond loopback.</summary>
internal sealed partial class AuthenticationOffWarning(AuthenticationMode door, IServer server, ILogger<AuthenticationOffWarning> log) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        return !door.IsOpen || addresses.All(address => new Uri(address).IsLoopback)
            ? Task.CompletedTask
            : throw new OptionsValidationException(
                ListenOptions.Section,
                typeof(ListenOptions),
                ["the service listens beyond loopback although authentication is off (Callers:File is not set)"]);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (door.IsOpen)
            Log.Open(log);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(
            120,
            LogLevel.Warning,
            "AUTHENTICATION IS OFF: every process on this machine can read and change every credential. For development on loopback only")]
        public static partial void Open(ILogger logger);
    }
}
