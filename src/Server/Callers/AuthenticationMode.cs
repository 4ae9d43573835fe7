using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Callers;

/// <summary>Whether callers are asked who they are: everywhere but in Development without a table of callers.</summary>
internal sealed class AuthenticationMode(IHostEnvironment environment, IOptions<CallersOptions> callers)
{
    public bool IsOpen => environment.IsDevelopment() && callers.Value.File is null;
}
