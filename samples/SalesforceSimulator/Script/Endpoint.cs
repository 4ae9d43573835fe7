namespace GrpcCreds.SalesforceSimulator;

/// <summary>What a request is for. Scripts are aimed at one of these.</summary>
public enum Endpoint
{
    /// <summary>SOAP login(), partner or enterprise.</summary>
    Login,

    /// <summary>SOAP logout().</summary>
    Logout,

    /// <summary>Everything below <c>/services/data</c>.</summary>
    Data,

    /// <summary><c>/services/oauth2/userinfo</c>.</summary>
    UserInfo,

    /// <summary><c>/id/{org}/{user}</c>.</summary>
    Identity,

    /// <summary><c>/services/oauth2/authorize</c>, the browser's.</summary>
    Authorize,

    /// <summary><c>/services/oauth2/token</c>, for codes and refresh tokens.</summary>
    Token,

    /// <summary><c>/services/oauth2/revoke</c>.</summary>
    Revoke,

    /// <summary><c>/services/oauth2/introspect</c>.</summary>
    Introspect,

    /// <summary>Everything else, which is not there.</summary>
    Other,
}
