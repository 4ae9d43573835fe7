using System.Diagnostics;

namespace GrpcCreds.Client;

/// <summary>
/// A Salesforce login, for nodes that must log in themselves because their org locks sessions to an IP address. Log in once at each start and after
/// each change, and never again after a refusal: repeated refused logins lock the user for every client. Neither printing nor logging it shows a
/// secret.
/// </summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class SalesforceLogin
{
    private readonly string password;
    private readonly string securityToken;

    internal SalesforceLogin(string username, string password, string securityToken, string loginUrl) =>
        (Username, this.password, this.securityToken, LoginUrl) = (username, password, securityToken, loginUrl);

    /// <summary>Salesforce username.</summary>
    public string Username { get; }

    /// <summary>The server to log in to, scheme and host. SOAP <c>login()</c> is at <c>/services/Soap/u/64.0</c> on that host.</summary>
    public string LoginUrl { get; }

    /// <summary>The user's password; do not log or store it.</summary>
    public string RevealPassword() => password;

    /// <summary>The user's security token, to be appended directly to the password; may be empty. Do not log or store it.</summary>
    public string RevealSecurityToken() => securityToken;

    /// <inheritdoc/>
    public override string ToString() => $"login of {Username} at {LoginUrl}";
}
