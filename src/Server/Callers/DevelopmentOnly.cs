using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Callers;

/// <summary>Refuses every way of starting in which a stranger could call.</summary>
internal sealed class DevelopmentOnly(IHostEnvironment environment, IConfiguration configuration) : IValidateOptions<ListenOptions>
{
    public ValidateOptionsResult Validate(string? name, ListenOptions options)
    {
        if (!environment.IsDevelopment())
        {
            return ValidateOptionsResult.Fail(
                $"this version cannot tell callers apart yet and starts only in Development (the environment is '{environment.EnvironmentName}'); set DOTNET_ENVIRONMENT=Development to try it on loopback");
        }
        return configuration.GetSection("Kestrel:Endpoints").Exists()
            ? ValidateOptionsResult.Fail("Kestrel:Endpoints must not be set: where the service listens is said by Listen:Grpc and Listen:Http")
            : ValidateOptionsResult.Success;
    }
}
