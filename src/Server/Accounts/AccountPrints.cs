using System.Security.Cryptography;
using System.Text.Json;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Accounts;

/// <summary>Names accounts and login values by keyed hashes, so that the store reveals no username and no record contains a password.</summary>
internal sealed class AccountPrints(Sealer sealer)
{
    /// <summary>A claim of the credential's account for one login with exactly its values; its end time is not set yet.</summary>
    public AccountClaim Claim(PasswordCredential credential)
    {
        var environment = credential.UseSandbox ? "sandbox" : "production";
        // Salesforce ignores the case of a username and receives password and token as one: ("ab", "c") and ("a", "bc") are the same login.
        var username = credential.Username.ToLowerInvariant();
        var sent = credential.Password.Reveal() + credential.SecurityToken.Reveal();
        return new AccountClaim(
            Guid.NewGuid(),
            Print("account", environment, username),
            Print("login", environment, credential.MyDomain ?? "", username, sent),
            EndTime: default);
    }

    // JSON: no two different lists have the same bytes.
    private string Print(params string[] parts)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(parts);
        var print = Convert.ToHexStringLower(sealer.Keys.Fingerprint(bytes));
        CryptographicOperations.ZeroMemory(bytes);
        return print;
    }
}
