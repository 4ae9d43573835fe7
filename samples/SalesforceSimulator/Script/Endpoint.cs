namespace GrpcCreds.SalesforceSimulator;

/// <summary>The purpose of a request. Scripts apply to one of these.</summary>
public enum Endpoint
{
    /// <summary>SOAP login(), partner or enterprise.</summary>
    Login,

    /// <summary>SOAP logout().</summary>
    Logout,

    /// <summary>Everything below <c>/services/data</c> but the next ten.</summary>
    Data,

    /// <summary><c>/composite</c>. Its parts are requests of their own kinds.</summary>
    Composite,

    /// <summary><c>/query</c>, also as a part of a composite request.</summary>
    Query,

    /// <summary><c>/tooling/query</c>.</summary>
    Tooling,

    /// <summary>Everything below <c>/sobjects</c>, also as a part of a composite request.</summary>
    Objects,

    /// <summary><c>/apps/oauth/usage</c>: the list of external client apps.</summary>
    AppUsage,

    /// <summary><c>/apps/oauth/credentials/{app}</c>: the consumers of an app.</summary>
    AppCredentials,

    /// <summary>The list of the staged credentials of a consumer.</summary>
    StagedCredentials,

    /// <summary>Stages new credentials for a consumer.</summary>
    StageCredentials,

    /// <summary>Makes staged credentials the primary ones.</summary>
    RotateCredentials,

    /// <summary>Deletes staged credentials.</summary>
    DropCredentials,

    /// <summary><c>/services/oauth2/userinfo</c>.</summary>
    UserInfo,

    /// <summary><c>/id/{org}/{user}</c>.</summary>
    Identity,

    /// <summary><c>/services/oauth2/authorize</c>, used by the browser.</summary>
    Authorize,

    /// <summary><c>/services/oauth2/token</c>, for codes and refresh tokens.</summary>
    Token,

    /// <summary><c>/services/oauth2/revoke</c>.</summary>
    Revoke,

    /// <summary><c>/services/oauth2/introspect</c>.</summary>
    Introspect,

    /// <summary>Any other path; none of them exists.</summary>
    Other,
}
