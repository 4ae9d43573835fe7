namespace GrpcCreds.Server.Tenants.Model;

/// <summary>A call to Salesforce made to keep a session alive.</summary>
internal enum RenewalCall
{
    /// <summary>A new session: by a login, or by the grant's refresh token.</summary>
    Renew = 1,

    /// <summary>Asks whether the refresh token is valid. Changes nothing at Salesforce.</summary>
    Introspect = 2,

    /// <summary>Asks whether the session is valid. Changes nothing at Salesforce.</summary>
    Check = 3,
}
