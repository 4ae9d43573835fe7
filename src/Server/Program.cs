using GrpcCreds.Server;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Encryption;
using GrpcCreds.Server.Store;
using Microsoft.Extensions.Options;

if (args is ["new-api-key"])
{
    Console.WriteLine(ApiKey.Make());
    return 0;
}

try
{
    var service = ServiceHost.Build(args);
    // Before it reads a key.
    if (!service.Environment.IsDevelopment())
        MemoryImage.Protect();
    await service.RunAsync();
    return 0;
}
catch (Exception e) when (e is OptionsValidationException or StoreRefusedException or KeyException or CallersException or MemoryImageException or StoreUnavailableException
    // What configuration says of a value that is no number, time or URL.
    or InvalidOperationException { InnerException: FormatException or ArgumentException }
    // A port that is taken, a directory that may not be read.
    or IOException or UnauthorizedAccessException)
{
    // What the operator has to mend is one sentence, not a stack.
    await Console.Error.WriteLineAsync($"GrpcCreds does not start: {e.Message}");
    return 1;
}
