using GrpcCreds.Server.Salesforce.Http;
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
    public static TestVerdict WithApi(this TestVerdict verdict, SessionCheck probe, SalesforceOptions options) => probe switch
    {
        { Failure: null } => verdict.With(options, Api, Version),
        { Failure: { } failure, VersionRefused: true } => verdict.With(options, Api, Version.NotPassed(Outcome.Failed, failure)),
        { Failure: { } failure, Liveness: Liveness.Alive } => verdict.With(options, Api.NotPassed(Outcome.Failed, failure)),
        // A session that cannot be used passes no test, whatever the settings.
        { Failure: { } failure } => new(null, failure, [.. verdict.Checks, Api.NotPassed(Outcome.Failed, failure)]),
    };

    /// <summary>Replaces IDENTITY by what more has been found out about it. If it does not pass any more, it makes the verdict fail.</summary>
    public static TestVerdict WithIdentity(this TestVerdict verdict, Check identity)
    {
        List<Check> all = [.. verdict.Checks.Select(check => check.Name == CheckNames.Identity ? identity with { Failure = null } : check)];
        return identity.Failure is { } failure ? new(null, failure, all) : verdict with { Checks = all };
    }

    /// <summary>Adds checks to a verdict. The first that does not pass and decides makes it fail.</summary>
    public static TestVerdict With(this TestVerdict verdict, SalesforceOptions options, params ReadOnlySpan<Check> checks)
    {
        List<Check> all = [.. verdict.Checks];
        Failure? failure = null;
        foreach (var check in checks)
        {
            var decides = options.Decides(check.Name);
            all.Add(check with { Warns = !decides });
            if (decides && check.Outcome != Outcome.Succeeded)
                failure ??= check.Failure;
        }
        return verdict.Failure is null && failure is not null ? new(null, failure, all) : verdict with { Checks = all };
    }

    public static Check NotPassed(this Check check, Outcome outcome, Failure failure) =>
        check with { Outcome = outcome, Detail = failure.Advice, Failure = failure };
}
