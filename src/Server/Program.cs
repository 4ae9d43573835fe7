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
// The host listens for the same signals, and may be told first.
var stopping = CancellationToken.None;
try
{
    CommandLine.Check(args);
    var service = ServiceHost.Build(args);
    stopping = service.Lifetime.ApplicationStopping;
    // Before it reads a key.
    if (!service.Environment.IsDevelopment())
        MemoryImage.Protect();
    await ((IHost)service).RunAsync(stop.Token);
    return 0;
}
catch (OperationCanceledException) when (stop.Token.IsCancellationRequested || stopping.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("GrpcCreds was told to stop before it had started, and has stopped.");
    return 0;
}
catch (Exception e) when (e is OptionsValidationException or StoreRefusedException or KeyException or FileException or MemoryImageException or StoreUnavailableException
    // What configuration says of a value that is no number, time or URL.
    or InvalidOperationException { InnerException: FormatException or ArgumentException }
    // A settings file that is no JSON, an argument that is no setting.
    or InvalidDataException or FormatException
    // A port that is taken, a directory that may not be read.
    or IOException or UnauthorizedAccessException)
{
    // What the operator has to mend is one sentence, not a stack.
    await Console.Error.WriteLineAsync($"GrpcCreds does not start: {e.Message}");
    return 1;
}
