using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Callers;

/// <summary>Whether authentication is off: only in Development without a caller table.</summary>
internal sealed class AuthenticationMode(IHostEnvironment environment, IOptions<CallersOptions> callers)
{
    public bool IsOpen => environment.IsDevelopment() && callers.Value.File is null;
}
