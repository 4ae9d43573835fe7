using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Rest;

/// <summary>Whether Salesforce accepts a session.</summary>
/// <param name="Liveness">What follows for the session.</param>
/// <param name="Failure">Why it could not be used, also where it lives. Null exactly if it was accepted.</param>
/// <param name="VersionRefused">The API let it in; it is the API's version that is missing.</param>
internal sealed record SessionCheck(Liveness Liveness, Failure? Failure, bool VersionRefused = false)
{
    public SessionCheck WithoutEcho(IEnumerable<string> sent) => this with { Failure = Failure?.WithoutEcho(sent) };
}
