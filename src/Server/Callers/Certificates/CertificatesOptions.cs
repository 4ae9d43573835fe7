using GrpcCreds.Server.Configuration;

namespace GrpcCreds.Server.Callers.Certificates;

/// <summary>Settings for client certificates.</summary>
internal sealed class CertificatesOptions
{
    /// <summary>PEM file of the certificate authorities that issue client certificates. No other authority is trusted, not even the system's.</summary>
    public string? AuthoritiesFile { get; set => field = Setting.OrNull(value); }

    /// <summary>The SPIFFE trust domain of these authorities. Example: <c>example.org</c>.</summary>
    public string? TrustDomain { get; set => field = Setting.OrNull(value); }
}
