namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>When a session is expected to end, in either mode.</summary>
internal static class SessionLifetime
{
    /// <summary>Assumed where Salesforce does not say how long a session lives; and no session of Salesforce lives longer than a day.</summary>
    private static readonly TimeSpan Default = TimeSpan.FromHours(2);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(24);

    /// <summary>What an org can set at the least: a grant must not be renewed every moment because of one session that was nearly over.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(15);

    /// <summary>How long sessions live of which one was told to.</summary>
    public static TimeSpan Plausible(TimeSpan told) => told < Shortest ? Shortest : told < Longest ? told : Longest;

    /// <summary>The end of a session that begins now.</summary>
    /// <param name="told">What Salesforce says; null if it says nothing.</param>
    /// <param name="now">The present.</param>
    public static DateTimeOffset End(TimeSpan? told, DateTimeOffset now) => now + (told is not { } lifetime ? Default : lifetime < Longest ? lifetime : Longest);
}
