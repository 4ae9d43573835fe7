using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Rest;

/// <summary>Whether Salesforce accepts a session.</summary>
/// <param name="Liveness">What the check shows about the session.</param>
/// <param name="Failure">Why the session could not be used, even if it is alive. Null exactly if it was accepted.</param>
/// <param name="VersionRefused">Whether the session may use the API, but the API version is not supported.</param>
internal sealed record SessionCheck(Liveness Liveness, Failure? Failure, bool VersionRefused = false)
{
    public SessionCheck WithoutEcho(IEnumerable<string> sent) => this with { Failure = Failure?.WithoutEcho(sent) };
}
