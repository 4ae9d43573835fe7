namespace GrpcCreds.Server.Tenants.Model;

/// <summary>Salesforce was asked at <paramref name="Time"/>; for <paramref name="Wait"/>, a rejection does not make the service ask again.</summary>
internal sealed record SessionQuestion(DateTimeOffset Time, TimeSpan Wait)
{
    public DateTimeOffset NextTime => Time + Wait;

    /// <summary>The session's host did not answer as Salesforce does, so the login host was asked for a new session.</summary>
    public bool Replaced { get; init; }
}
