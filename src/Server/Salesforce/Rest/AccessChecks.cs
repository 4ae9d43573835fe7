using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Rest;

/// <summary>
/// The checks of an access test that are the same in every mode: whether the session may use the API, and whether the API version is supported.
/// </summary>
internal static class AccessChecks
{
    private static readonly Check Api = new(CheckNames.Api, Outcome.Succeeded, "Salesforce lets the session use the API");
    private static readonly Check Version = new(CheckNames.ApiVersion, Outcome.Succeeded, $"version {RestProbe.Version} is supported");

    /// <summary>Adds the result of an API probe to a verdict that is successful so far.</summary>
    public static TestVerdict WithApi(this TestVerdict verdict, SessionCheck probe) => probe switch
    {
        { Failure: null } => verdict with { Checks = [.. verdict.Checks, Api, Version] },
        { Failure: { } failure, VersionRefused: true } => new(null, failure, [.. verdict.Checks, Api, Failed(Version, failure)]),
        { Failure: { } failure } => new(null, failure, [.. verdict.Checks, Failed(Api, failure)]),
    };

    private static Check Failed(Check check, Failure failure) => check with { Outcome = Outcome.Failed, Detail = failure.Advice };
}
