using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Certificates;
using GrpcCreds.Server.Callers.Tokens;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Hosting;

/// <summary>
/// Refuses to start with any configuration in which an unauthenticated client could call or an eavesdropper could listen, and names the setting to change.
/// </summary>
internal sealed class StartRules(
    IHostEnvironment environment, IConfiguration configuration, IOptions<TlsOptions> tlsOptions, IOptions<ListenOptions> listenOptions)
    : IValidateOptions<CallersOptions>
{
    public ValidateOptionsResult Validate(string? name, CallersOptions options)
    {
        var problems = Callers(options).ToList();
        try
        {
            problems.AddRange(Tls(tlsOptions.Value, options).Concat(Listen(tlsOptions.Value, options)));
        }
        catch (OptionsValidationException)
        {
            // Those settings report their own errors.
        }
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private IEnumerable<string> Callers(CallersOptions options)
    {
        if (options.File is null && !environment.IsDevelopment())
        {
            yield return "Callers:File is not set: without a caller table the service runs only in Development "
                + $"(the environment is '{environment.EnvironmentName}'); "
                + "set DOTNET_ENVIRONMENT=Development to try it on loopback";
        }
        var certificates = options.Certificates;
        if (options.File is null
            && (certificates.AuthoritiesFile ?? certificates.TrustDomain ?? options.Jwt.Issuer ?? options.Jwt.Audience ?? options.Jwt.KeysFile) is not null)
            yield return "Callers:File is not set, and without it the other Callers settings have no effect";
        if (certificates.TrustDomain is { } domain && !SpiffeId.IsTrustDomain(domain))
            yield return "Callers:Certificates:TrustDomain must be a SPIFFE trust domain of a-z, 0-9, '.', '_' and '-', as in example.org";
        if (certificates.TrustDomain is not null && certificates.AuthoritiesFile is null)
            yield return "Callers:Certificates:AuthoritiesFile is not set: Callers:Certificates:TrustDomain needs it";
        if ((options.Jwt.Audience ?? options.Jwt.KeysFile) is not null && options.Jwt.Issuer is null)
            yield return "Callers:Jwt:Issuer is not set: Callers:Jwt:Audience and Callers:Jwt:KeysFile need it";
        if (options.Jwt.Issuer is not null && string.IsNullOrWhiteSpace(options.Jwt.Audience))
            yield return "Callers:Jwt:Audience is not set: without it, a token issued for another service would be accepted";
        if (options.Jwt is { Issuer: { } issuer, KeysFile: null } && !IssuerKeys.CanAsk(issuer))
            yield return "Callers:Jwt:KeysFile is not set, and Callers:Jwt:Issuer is not an https URL from which its keys could be fetched";
    }

    private IEnumerable<string> Tls(TlsOptions tls, CallersOptions options)
    {
        if ((tls.CertificateFile is null) != (tls.KeyFile is null))
            yield return $"{(tls.KeyFile is null ? "Tls:KeyFile" : "Tls:CertificateFile")} is not set: a certificate needs its key, and a key its certificate";
        if (tls.EndsBeforeService && tls.CertificateFile is not null)
            yield return "Tls:EndsBeforeService must not be set together with Tls:CertificateFile: TLS ends either in the service or in a proxy before it";
        if (tls is { CertificateFile: null, KeyFile: null, EndsBeforeService: false } && !environment.IsDevelopment())
            yield return "Tls:CertificateFile and Tls:KeyFile are not set; if a proxy before the service terminates TLS, set Tls:EndsBeforeService=true";
        if (options.Certificates.AuthoritiesFile is not null && tls.CertificateFile is null)
            yield return "Tls:CertificateFile is not set: client certificates (Callers:Certificates:AuthoritiesFile) need TLS that ends in the service";
    }

    private IEnumerable<string> Listen(TlsOptions tls, CallersOptions options)
    {
        // Outside Development the first rule reports this already.
        if (environment.IsDevelopment())
        {
            foreach (var setting in listenOptions.Value.BeyondLoopback())
            {
                if (options.File is null)
                    yield return $"{setting} must be a loopback address (127.0.0.1 or [::1]) as long as Callers:File is not set: authentication is off";
                else if (tls is { CertificateFile: null, EndsBeforeService: false })
                    yield return $"{setting} must be a loopback address (127.0.0.1 or [::1]) as long as Tls:CertificateFile is not set";
            }
        }
        if (configuration.GetSection("Kestrel:Endpoints").Exists())
            yield return "Kestrel:Endpoints must not be set: Listen:Grpc and Listen:Http define where the service listens";
    }
}
