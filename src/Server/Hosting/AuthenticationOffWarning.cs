using GrpcCreds.Server.Callers;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Hosting;

/// <summary>Says at every start that no caller is asked who it is, where that is so, and ends such a service if a stranger could reach it all the same.</summary>
internal sealed partial class AuthenticationOffWarning(AuthenticationMode door, IServer server, ILogger<AuthenticationOffWarning> log) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        return !door.IsOpen || addresses.All(address => new Uri(address).IsLoopback)
            ? Task.CompletedTask
            : throw new OptionsValidationException(ListenOptions.Section, typeof(ListenOptions), ["the service listens beyond loopback, and no caller is asked who it is (Callers:File is not set)"]);
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
        [LoggerMessage(120, LogLevel.Warning, "CALLERS ARE NOT CHECKED: every process of this machine may read and change every credential. Development only, loopback only")]
        public static partial void Open(ILogger logger);
    }
}
