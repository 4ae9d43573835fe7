using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace GrpcCreds.Server.Salesforce.Setup;

/// <summary>
/// The <c>state</c> of an authorization request (RFC 6749, 4.1.1): base64url of the tenant, a 0 byte and 32 unpredictable bytes. It identifies the tenant
/// when the browser returns; only its SHA-256 is stored.
/// </summary>
internal sealed class OAuthState
{
    private const int KeyBytes = 32;

    /// <summary>The maximum length of a state: 63 + 1 + 32 bytes.</summary>
    public const int MaxLength = 128;

    private OAuthState(TenantId tenant, Secret value)
    {
        Tenant = tenant;
        Value = value;
        Hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(value.Reveal())));
    }

    public TenantId Tenant { get; }

    public Secret Value { get; }

    /// <summary>SHA-256, hexadecimal.</summary>
    public string Hash { get; }

    /// <param name="tenant">The tenant of the setup.</param>
    /// <param name="key">32 bytes.</param>
    public static OAuthState Of(TenantId tenant, ReadOnlySpan<byte> key) =>
        new(tenant, new Secret(Base64Url.EncodeToString([.. Encoding.ASCII.GetBytes(tenant.ToString()), 0, .. key])));

    /// <summary>Parses the state a browser sent; null if it cannot be valid.</summary>
    public static OAuthState? Parse(string? text)
    {
        // Base64Url ignores white space and padding, which would allow many spellings of one state.
        if (text is null || text.Length is 0 or > MaxLength || !text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') || !Base64Url.IsValid(text))
            return null;
        var bytes = Base64Url.DecodeFromChars(text);
        var end = bytes.Length - KeyBytes - 1;
        return end > 0 && bytes[end] == 0 && TenantId.TryParse(Encoding.Latin1.GetString(bytes, 0, end), out var tenant)
            ? new(tenant, new Secret(text))
            : null;
    }
}
