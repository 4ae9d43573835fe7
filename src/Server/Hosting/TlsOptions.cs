using GrpcCreds.Server.Configuration;

namespace GrpcCreds.Server.Hosting;

/// <summary>Settings of the service's own certificate, section <c>Tls</c>.</summary>
internal sealed class TlsOptions
{
    public const string Section = "Tls";

    /// <summary>PEM file of the service's certificate and, behind it, what leads up to its authority; read again when it changes.</summary>
    public string? CertificateFile { get; set => field = Setting.OrNull(value); }

    /// <summary>PEM file of the certificate's private key, not encrypted; read again when it changes.</summary>
    public string? KeyFile { get; set => field = Setting.OrNull(value); }

    /// <summary>Something before the service ends TLS, and nobody else can reach the service's ports.</summary>
    public bool EndsBeforeService { get; set; }
}
