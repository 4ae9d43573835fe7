using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Api.Mapping;

/// <summary>
/// The advice in a status: what an administrator can do about a tenant. First about the latest changes that are not in force, then about what is in force.
/// Nodes receive less (<see cref="PublishedState.Advice"/>), because they cannot fix it.
/// </summary>
internal static class StatusAdvice
{
    private static readonly string[] Ends = [": ", "; ", ". "];

    public static string Of(TenantRecord record, Availability availability) =>
        string.Join(' ',
            ModeViews.All.Select(view => OfCandidate(record, view)).Append(OfSetup(record, availability)).Append(OfWhatIsInForce(record, availability))
                .Where(text => text != ""));

    /// <summary>The first part of an advice, for a place where the full advice is shown next to it.</summary>
    public static string Short(string advice)
    {
        var end = Ends.Select(mark => advice.IndexOf(mark, StringComparison.Ordinal)).Where(index => index > 0).DefaultIfEmpty(-1).Min();
        return end > 0 ? advice[..end] + "." : advice.StartsWith("Set up", StringComparison.Ordinal) ? advice : "Access test failed.";
    }

    private static string OfCandidate(TenantRecord record, ModeView view) => record[view.Mode, Slot.Candidate] switch
    {
        _ when record.Test?.Mode == view.Mode => "",
        { IsComplete: true, LastTest.Failure: { } failure } => $"{view.Candidate} {Outcome(failure)}: {failure.Advice}{view.HowToCorrect}",
        { IsComplete: true, LastTest: null } => view.WhatCandidateNeeds(record),
        _ => "",
    };

    // The setup of the candidate, or, without a candidate, of the credential in force if that needs reauthorization. Not a setup that a later authorization
    // has made obsolete.
    private static string OfSetup(TenantRecord record, Availability availability)
    {
        var waits = record.OAuth.Candidate ?? (availability == Availability.ReauthorizationRequired ? record.OAuth.Current : null);
        return record is { Setup: null, LastSetup: { Failure: { } failure } last }
            && last.StartTime >= waits?.SetTime && !(last.EndTime <= waits.Grant?.AuthorizeTime)
            ? $"The last OAuth setup failed: {failure.Advice}"
            : "";
    }

    private static string OfWhatIsInForce(TenantRecord record, Availability availability) => (availability, record.Active?.Renewal) switch
    {
        (Availability.Suspended, { Claim: not null }) => "There is no live Salesforce session; a new one is being fetched.",
        (Availability.Suspended, { Failure: { } failure } renewal) =>
            $"There is no live Salesforce session, and the last attempt to get one failed: {failure.Advice} "
            + (renewal.IsStopped ? "Once that is fixed, TestAccess gets a new one." : "The service retries automatically; TestAccess retries at once."),
        (Availability.Suspended, { IsStopped: true }) =>
            $"There is no live Salesforce session, and the service has not requested a new one since a test was refused. "
            + $"{record.Active!.LastTest?.Failure?.Advice} Once that is fixed, TestAccess gets a new one.",
        (Availability.Serving, { IsStopped: true, Failure: null }) when record.Active!.IsLockedByRefusals =>
            $"The session has not been renewed since a test was refused. {record.Active!.LastTest?.Failure?.Advice} "
            + "Once that is fixed, TestAccess resumes renewal.",
        (Availability.Suspended, _) =>
            "There is no live Salesforce session: the last one has ended, and no node has asked for a new one. A node's next request or TestAccess gets one.",
        (Availability.ReauthorizationRequired, { Failure: { } failure }) => failure.Advice,
        _ => PublishedState.Advice(availability),
    };

    private static string Outcome(Failure failure) => failure.IsUndecided ? "could not be tested" : "failed its test";
}
