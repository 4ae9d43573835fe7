using System.Security.Cryptography;
using System.Text.Json;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Accounts;

/// <summary>Names accounts and what is sent to them by keyed hashes, so that the store tells nobody a username and no record holds a password.</summary>
internal sealed class AccountPrints(Sealer sealer)
{
    /// <summary>A claim of the credential's account for one login with exactly its values; it has no end yet.</summary>
    public AccountClaim Claim(PasswordCredential credential)
    {
        var environment = credential.UseSandbox ? "sandbox" : "production";
        // Salesforce takes a username in any case, and gets password and token as one: ("ab", "c") and ("a", "bc") are the same login.
        var username = credential.Username.ToLowerInvariant();
        var sent = credential.Password.Reveal() + credential.SecurityToken.Reveal();
        return new AccountClaim(Guid.NewGuid(), Print("account", environment, username), Print("login", environment, credential.MyDomain ?? "", username, sent), EndTime: default);
    }

    // As JSON no two lists are the same bytes.
    private string Print(params string[] parts)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(parts);
        var print = Convert.ToHexStringLower(sealer.Keys.Fingerprint(bytes));
        CryptographicOperations.ZeroMemory(bytes);
        return print;
    }
}
