using GrpcCreds.Server.Configuration;

namespace GrpcCreds.Server.Callers.Tokens;

/// <summary>Which tokens are accepted.</summary>
internal sealed class JwtOptions
{
    /// <summary>The required value of <c>iss</c>.</summary>
    public string? Issuer { get; set => field = Setting.OrNull(value); }

    /// <summary>The value that <c>aud</c> must contain.</summary>
    public string? Audience { get; set => field = Setting.OrNull(value); }

    /// <summary>The issuer's public keys, a JWKS or a PEM file. Without it they are fetched from the issuer's metadata over https.</summary>
    public string? KeysFile { get; set => field = Setting.OrNull(value); }
}
