using GrpcCreds.Server.Configuration;

namespace GrpcCreds.Server.Callers.Tokens;

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
