
namespace GrpcCreds.Server.Salesforce.Rest;

/// <summary>What a check shows about a session.</summary>
internal enum Liveness
{
    /// <summary>Salesforce accepts the session. If the session may not be used, a new one may not be used either.</summary>
    Alive = 1,

    /// <summary>Expired or revoked: only a new login helps.</summary>
    Dead = 2,

    /// <summary>Unknown; a new login does not help. Keep the session and check again later.</summary>
    Unclear = 3,

    /// <summary>
    /// The session's host does not answer as Salesforce does: it is gone or cannot be reached from here. If the org has moved, a new login returns its new
    /// host; until then, keep the session.
    /// </summary>
    HostLost = 4,
}
