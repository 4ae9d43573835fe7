using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Callers;

/// <summary>Whether anybody is asked who he is: everywhere but in Development without a table of callers.</summary>
internal sealed class Door(IHostEnvironment environment, IOptions<CallersOptions> callers)
{
    public bool IsOpen => environment.IsDevelopment() && callers.Value.File is null;
}
