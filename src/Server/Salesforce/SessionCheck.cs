using GrpcCreds.Server.Credentials;

namespace GrpcCreds.Server.Salesforce;

/// <summary>Whether Salesforce accepts a session.</summary>
/// <param name="Liveness">What follows for the session.</param>
/// <param name="Failure">Why it could not be used, also where it lives. Null exactly if it was accepted.</param>
/// <param name="VersionRefused">The API let it in; it is the API's version that is missing.</param>
internal sealed record SessionCheck(Liveness Liveness, Failure? Failure, bool VersionRefused = false)
{
    public SessionCheck WithoutEcho(IEnumerable<string> sent) => this with { Failure = Failure?.WithoutEcho(sent) };
}

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
