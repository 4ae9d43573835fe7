using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>
/// What happens when a node rejects the session in force: Salesforce is asked once whether the session is alive, however many nodes reject it. The
/// renewal rules act on the answer. Nodes that flood or lie cause nothing more.
/// </summary>
internal static class RejectionRules
{
    /// <summary>
    /// The shortest time between two questions. It doubles with each question, up to <see cref="LastWait"/>, and is reset when there was no question for
    /// twice that time.
    /// </summary>
    public static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(60);

    public static readonly TimeSpan LastWait = TimeSpan.FromMinutes(15);

    public static Decision Reject(TenantRecord state, Command.Reject reject, Moment at) => MayAsk(state, reject.Revision, at.Now)
        ? new Decision.Changed(Suspected(state, at.Now) with { Question = new(at.Now, NextWait(state.Question, at.Now)) }, WriteResult.None)
        : new Decision.Nothing();

    /// <summary>Whether a rejection of this revision leads to a question.</summary>
    public static bool MayAsk(TenantRecord state, long revision, DateTimeOffset now) =>
        state.Revision == revision && PublishedState.By(state).Session is not null && !IsBeingSettled(state, now) && !(now < state.Question?.NextTime);

    /// <summary>Salesforce is being asked about the session in force, or a new one is being fetched.</summary>
    public static bool IsBeingSettled(TenantRecord state, DateTimeOffset now) =>
        state.Active?.Renewal is { } renewal && (renewal.Claim is not null || renewal.IsSessionDead || RenewalTimes.DueOfActive(state) <= now);

    /// <summary>Whether a session may be replaced because its host does not answer like Salesforce: once for each question.</summary>
    public static bool MayReplace(TenantRecord state, DateTimeOffset now) => state.Question is not { Replaced: true } question || now >= question.NextTime;

    /// <summary>A session is being replaced for that reason. If no question is open, this counts as one.</summary>
    public static TenantRecord Replaced(TenantRecord state, DateTimeOffset now) => state with
    {
        Question = (state.Question is { } question && now < question.NextTime ? question : new(now, NextWait(state.Question, now))) with { Replaced = true },
    };

    private static TenantRecord Suspected(TenantRecord state, DateTimeOffset now) =>
        state.With(state.ActiveMode, Slot.Current, state.Active! with { Renewal = state.Active.Renewal with { CheckTime = now } });

    // With shorter waits, a node that rejects every two minutes would push the administrators' writes out of the audit within hours.
    private static TimeSpan NextWait(SessionQuestion? last, DateTimeOffset now) =>
        last is null || now >= last.Time + (2 * LastWait) ? FirstWait
        : 2 * last.Wait < LastWait ? 2 * last.Wait
        : LastWait;
}
