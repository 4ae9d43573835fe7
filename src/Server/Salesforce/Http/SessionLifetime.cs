namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>The expected end of a session, in every mode.</summary>
internal static class SessionLifetime
{
    /// <summary>Assumed if Salesforce does not report a lifetime. No Salesforce session lives longer than a day.</summary>
    private static readonly TimeSpan Default = TimeSpan.FromHours(2);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>The shortest lifetime an org can set: a session that was almost over must not cause constant renewals of its grant.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(15);

    /// <summary>The lifetime of sessions according to one reported lifetime, within plausible limits.</summary>
    public static TimeSpan Plausible(TimeSpan told) => told < Shortest ? Shortest : told < Longest ? told : Longest;

    /// <summary>The end of a session that begins now.</summary>
    /// <param name="told">The lifetime Salesforce reports; null if it reports none.</param>
    /// <param name="now">The current time.</param>
    public static DateTimeOffset End(TimeSpan? told, DateTimeOffset now) =>
        now + (told is not { } lifetime ? Default : lifetime < Longest ? lifetime : Longest);
}
