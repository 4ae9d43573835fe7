namespace GrpcCreds.SalesforceSimulator;

/// <summary>A session as the control API shows it: without its id, which is secret.</summary>
internal sealed record SessionView(
    int Number, string Username, string OrgId, string UserId, DateTimeOffset StartTime, DateTimeOffset ExpireTime, int? GrantNumber)
{
    public static SessionView Of(SimulatedSession session) =>
        new(session.Number, session.Username, session.OrgId, session.UserId, session.StartTime, session.ExpireTime, session.GrantNumber);
}
