namespace GrpcCreds.Server.Tenants.Model;

/// <summary>What is asked of Salesforce for a session's sake.</summary>
internal enum RenewalCall
{
    /// <summary>A new session: by a login, or by the grant's refresh token.</summary>
    Renew = 1,

    /// <summary>Whether the refresh token lives. Changes nothing there.</summary>
    Introspect = 2,

    /// <summary>Whether the session lives. Changes nothing there.</summary>
    Check = 3,
}
