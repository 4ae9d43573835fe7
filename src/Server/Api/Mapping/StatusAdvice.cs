using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Api.Mapping;

/// <summary>
/// What a person can do about a tenant, in a status: first about what was set last and did not come in force, then about what is in force. Nodes are told
/// less (<see cref="PublishedState.Advice"/>), for they are not the ones to mend it.
/// </summary>
internal static class StatusAdvice
{
    private static readonly string[] Ends = [": ", "; ", ". "];

    public static string Of(TenantRecord record, Availability availability) =>
        string.Join(' ', new[] { OfPasswordCandidate(record), OfOAuthCandidate(record), OfSetup(record, availability), OfWhatIsInForce(record, availability) }.Where(text => text != ""));

    /// <summary>The first part of an advice, for where the whole of it stands beside.</summary>
    public static string Short(string advice)
    {
        var end = Ends.Select(mark => advice.IndexOf(mark, StringComparison.Ordinal)).Where(index => index > 0).DefaultIfEmpty(-1).Min();
        return end > 0 ? advice[..end] + "." : advice.StartsWith("Set up", StringComparison.Ordinal) ? advice : "Access test failed.";
    }

    private static string OfPasswordCandidate(TenantRecord record) => record.Password.Candidate?.LastTest?.Failure is { } failure && record.Test?.Mode != Mode.Password
        ? $"The password that was set last {Outcome(failure)}: {failure.Advice} SetPasswordCredential with the fields to correct tests it again, DiscardCandidate drops it."
        : "";

    private static string OfOAuthCandidate(TenantRecord record) =>
        record.OAuth.Candidate is { Grant: not null, LastTest.Failure: { } failure } && record.Test?.Mode != Mode.Oauth
            ? $"The OAuth candidate {Outcome(failure)}: {failure.Advice}"
            : "";

    // Of the candidate that is there; else of the credential in force, where that waits for one. Not one that was made up for since.
    private static string OfSetup(TenantRecord record, Availability availability)
    {
        var waits = record.OAuth.Candidate ?? (availability == Availability.ReauthorizationRequired ? record.OAuth.Current : null);
        return record is { Setup: null, LastSetup: { Failure: { } failure } last } && last.StartTime >= waits?.SetTime && !(last.EndTime <= waits.Grant?.AuthorizeTime)
            ? $"The last OAuth setup failed: {failure.Advice}"
            : "";
    }

    private static string OfWhatIsInForce(TenantRecord record, Availability availability) => (availability, record.Active?.Renewal) switch
    {
        (Availability.Suspended, { Claim: not null }) => "There is no live Salesforce session; a new one is being fetched.",
        (Availability.Suspended, { Failure: { } failure } renewal) =>
            $"There is no live Salesforce session, and the last attempt to get one failed: {failure.Advice} "
            + (renewal.IsStopped ? "Once that is mended, TestAccess gets a new one." : "The service tries again by itself, TestAccess at once."),
        (Availability.Suspended, { IsStopped: true }) =>
            $"There is no live Salesforce session, and none is fetched since a test was refused. {record.Active!.LastTest?.Failure?.Advice} Once that is mended, TestAccess gets a new one.",
        (Availability.Serving, { IsStopped: true, Failure: null }) when record.ActiveMode == Mode.Password =>
            $"The session is not renewed any more since a test was refused. {record.Active!.LastTest?.Failure?.Advice} Once that is mended, TestAccess lifts that.",
        (Availability.Suspended, _) => "There is no live Salesforce session: the last one has ended, and no node has asked for a new one. A node's next request or TestAccess gets one.",
        (Availability.ReauthorizationRequired, { Failure: { } failure }) => failure.Advice,
        _ => PublishedState.Advice(availability),
    };

    private static string Outcome(Failure failure) => failure.IsUndecided ? "could not be tested" : "failed its test";
}
