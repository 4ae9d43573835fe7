
namespace GrpcCreds.Server.Salesforce.Rest;

/// <summary>What a check says about a session.</summary>
internal enum Liveness
{
    /// <summary>Salesforce knows it. If it may not be used, a new one may not either.</summary>
    Alive = 1,

    /// <summary>Expired or revoked: only a new login helps.</summary>
    Dead = 2,

    /// <summary>No telling; a new login is no cure. Keep it and ask again later.</summary>
    Unclear = 3,

    /// <summary>
    /// The session's host does not answer as Salesforce does: it is gone, or out of reach from here. If the org has moved, a new login tells where to;
    /// until there is one, keep the session.
    /// </summary>
    HostLost = 4,
}
