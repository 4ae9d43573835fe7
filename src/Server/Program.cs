using GrpcCreds.Server;
using GrpcCreds.Server.Callers.ApiKeys;
using GrpcCreds.Server.Configuration;
using GrpcCreds.Server.Hosting;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;
using Microsoft.Extensions.Options;

if (args is ["new-api-key"])
{
    Console.WriteLine(ApiKey.Make());
    return 0;
}

using var stop = new StopSignals();
// The host handles the same signals and may receive them first.
var stopping = CancellationToken.None;
try
{
    CommandLine.Check(args);
    var service = ServiceHost.Build(args);
    stopping = service.Lifetime.ApplicationStopping;
    // Before the service reads a key.
    if (!service.Environment.IsDevelopment())
        MemoryImage.Protect();
    await ((IHost)service).RunAsync(stop.Token);
    return 0;
}
catch (OperationCanceledException) when (stop.Token.IsCancellationRequested || stopping.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("GrpcCreds received a stop signal before it had started, and has stopped.");
    return 0;
}
catch (Exception e) when (e is OptionsValidationException or StoreRefusedException or KeyException or FileException
    or MemoryImageException or StoreUnavailableException
    // The configuration's error for a value that is not a valid number, time or URL.
    or InvalidOperationException { InnerException: FormatException or ArgumentException }
    // A settings file that is not valid JSON, or an argument that is not a setting.
    or InvalidDataException or FormatException
    // A port that is in use, or a directory that cannot be read.
    or IOException or UnauthorizedAccessException)
{
    // The operator needs one sentence, not a stack trace.
    await Console.Error.WriteLineAsync($"GrpcCreds does not start: {e.Message}");
    return 1;
}
