namespace GrpcCreds.Server.Callers;

/// <summary>Settings of who may call, section <c>Callers</c>.</summary>
internal sealed class CallersOptions
{
    public const string Section = "Callers";

    /// <summary>The table of callers, their roles and tenants; read again when it changes. Without it the service starts only in Development.</summary>
    public string? File { get; set => field = Setting.OrNull(value); }

    public CertificatesOptions Certificates { get; set => field = value ?? new(); } = new();

    public JwtOptions Jwt { get; set => field = value ?? new(); } = new();
}

/// <summary>Whose client certificates are believed.</summary>
internal sealed class CertificatesOptions
{
    /// <summary>PEM file of the certificate authorities that issue client certificates. No other is believed, the system's neither.</summary>
    public string? AuthoritiesFile { get; set => field = Setting.OrNull(value); }

    /// <summary>The SPIFFE trust domain of these authorities. Example: <c>example.org</c>.</summary>
    public string? TrustDomain { get; set => field = Setting.OrNull(value); }
}

/// <summary>Whose tokens are believed.</summary>
internal sealed class JwtOptions
{
    /// <summary>What <c>iss</c> must be.</summary>
    public string? Issuer { get; set => field = Setting.OrNull(value); }

    /// <summary>What <c>aud</c> must hold.</summary>
    public string? Audience { get; set => field = Setting.OrNull(value); }

    /// <summary>The issuer's public keys, a JWKS or a PEM file. Without it they are fetched from the issuer's metadata over https.</summary>
    public string? KeysFile { get; set => field = Setting.OrNull(value); }
}
