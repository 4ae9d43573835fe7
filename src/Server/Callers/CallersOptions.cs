using GrpcCreds.Server.Callers.Certificates;
using GrpcCreds.Server.Callers.Tokens;
using GrpcCreds.Server.Configuration;

namespace GrpcCreds.Server.Callers;

/// <summary>Settings for callers, section <c>Callers</c>.</summary>
internal sealed class CallersOptions
{
    public const string Section = "Callers";

    /// <summary>The file with callers, their roles and tenants; reloaded when it changes. Without it the service starts only in Development.</summary>
    public string? File { get; set => field = Setting.OrNull(value); }

    public CertificatesOptions Certificates { get; set => field = value ?? new(); } = new();

    public JwtOptions Jwt { get; set => field = value ?? new(); } = new();
}
