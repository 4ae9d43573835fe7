namespace GrpcCreds.Server.Tenants.Model;

/// <summary>Whether a code or refresh token may be presented again.</summary>
internal enum GrantFate
{
    /// <summary>It may be presented again: the answer was clear, or nothing was sent.</summary>
    Kept = 1,

    /// <summary>It may never be presented again: Salesforce will not accept it, or what it yields must not be used.</summary>
    Dead = 2,

    /// <summary>It was sent and no clear answer came. Whether it is still valid has to be found out without presenting it.</summary>
    Unknown = 3,
}
