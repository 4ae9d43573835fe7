using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>PKCE with S256, the only method. Salesforce accepts verifiers longer than the RFC's 128 characters: its own command line sends 171.</summary>
internal static class CodeVerifier
{
    public static bool IsChallenge(string challenge) => challenge.Length == 43 && challenge.All(IsBase64Url);

    public static bool Fits(string verifier, string challenge) =>
        verifier.Length is >= 43 and <= 171 && verifier.All(character => IsBase64Url(character) || character is '.' or '~')
        && Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))) == challenge;

    private static bool IsBase64Url(char character) => char.IsAsciiLetterOrDigit(character) || character is '-' or '_';
}
