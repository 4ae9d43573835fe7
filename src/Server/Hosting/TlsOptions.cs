using GrpcCreds.Server.Configuration;

namespace GrpcCreds.Server.Hosting;

/// <summary>Settings for the service's own certificate, section <c>Tls</c>.</summary>
internal sealed class TlsOptions
{
    public const string Section = "Tls";

    /// <summary>PEM file of the service's certificate, followed by its intermediate certificates; reloaded when it changes.</summary>
    public string? CertificateFile { get; set => field = Setting.OrNull(value); }

    /// <summary>PEM file of the certificate's private key, not encrypted; reloaded when it changes.</summary>
    public string? KeyFile { get; set => field = Setting.OrNull(value); }

    /// <summary>TLS ends in a proxy before the service, and no other client can reach the service's ports.</summary>
    public bool EndsBeforeService { get; set; }
}
