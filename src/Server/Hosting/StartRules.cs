using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Certificates;
using GrpcCreds.Server.Callers.Tokens;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Hosting;

/// <summary>Refuses every way of starting in which a stranger could call or listen, and names the setting that is missing.</summary>
internal sealed class StartRules(IHostEnvironment environment, IConfiguration configuration, IOptions<TlsOptions> tlsOptions, IOptions<ListenOptions> listenOptions)
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
            // What is wrong with those settings is named with them.
        }
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private IEnumerable<string> Callers(CallersOptions options)
    {
        if (options.File is null && !environment.IsDevelopment())
        {
            yield return $"Callers:File is not set: only in Development (the environment is '{environment.EnvironmentName}') may the service run without a table of who may call; "
                + "set DOTNET_ENVIRONMENT=Development to try it on loopback";
        }
        var certificates = options.Certificates;
        if (options.File is null && (certificates.AuthoritiesFile ?? certificates.TrustDomain ?? options.Jwt.Issuer ?? options.Jwt.Audience ?? options.Jwt.KeysFile) is not null)
            yield return "Callers:File is not set, and without it the other settings of Callers mean nothing";
        if (certificates.TrustDomain is { } domain && !SpiffeId.IsTrustDomain(domain))
            yield return "Callers:Certificates:TrustDomain must be a SPIFFE trust domain: a-z, 0-9 and '.', '_', '-', as in example.org";
        if (certificates.TrustDomain is not null && certificates.AuthoritiesFile is null)
            yield return "Callers:Certificates:AuthoritiesFile is not set: Callers:Certificates:TrustDomain needs it";
        if ((options.Jwt.Audience ?? options.Jwt.KeysFile) is not null && options.Jwt.Issuer is null)
            yield return "Callers:Jwt:Issuer is not set: Callers:Jwt:Audience and Callers:Jwt:KeysFile need it";
        if (options.Jwt.Issuer is not null && string.IsNullOrWhiteSpace(options.Jwt.Audience))
            yield return "Callers:Jwt:Audience is not set: without it a token made for another service would do here";
        if (options.Jwt is { Issuer: { } issuer, KeysFile: null } && !IssuerKeys.CanAsk(issuer))
            yield return "Callers:Jwt:KeysFile is not set, and Callers:Jwt:Issuer is no https URL whose metadata could be read instead";
    }

    private IEnumerable<string> Tls(TlsOptions tls, CallersOptions options)
    {
        if ((tls.CertificateFile is null) != (tls.KeyFile is null))
            yield return $"{(tls.KeyFile is null ? "Tls:KeyFile" : "Tls:CertificateFile")} is not set: a certificate and its key go together";
        if (tls.EndsBeforeService && tls.CertificateFile is not null)
            yield return "Tls:EndsBeforeService must not be set beside Tls:CertificateFile: either the service ends TLS or something before it";
        if (tls is { CertificateFile: null, KeyFile: null, EndsBeforeService: false } && !environment.IsDevelopment())
            yield return "Tls:CertificateFile and Tls:KeyFile are not set; if something before the service ends TLS, say so: Tls:EndsBeforeService=true";
        if (options.Certificates.AuthoritiesFile is not null && tls.CertificateFile is null)
            yield return "Tls:CertificateFile is not set: client certificates (Callers:Certificates:AuthoritiesFile) need TLS that ends in the service";
    }

    private IEnumerable<string> Listen(TlsOptions tls, CallersOptions options)
    {
        // Said by the first rule already.
        if (environment.IsDevelopment())
        {
            foreach (var setting in listenOptions.Value.BeyondLoopback())
            {
                if (options.File is null)
                    yield return $"{setting} must be a loopback address (127.0.0.1 or [::1]) as long as Callers:File is not set: no caller is asked who it is";
                else if (tls is { CertificateFile: null, EndsBeforeService: false })
                    yield return $"{setting} must be a loopback address (127.0.0.1 or [::1]) as long as Tls:CertificateFile is not set";
            }
        }
        if (configuration.GetSection("Kestrel:Endpoints").Exists())
            yield return "Kestrel:Endpoints must not be set: where the service listens is said by Listen:Grpc and Listen:Http";
    }
}
