namespace GrpcCreds.Server.Credentials;

/// <summary>
/// An OAuth setup that is open for a browser to come back from Salesforce. The state itself is kept nowhere, only its SHA-256.
/// </summary>
/// <param name="SetupId">The rev of the commit that opened it.</param>
/// <param name="StateHash">SHA-256 of the state, hexadecimal.</param>
/// <param name="CodeVerifier">PKCE, RFC 7636.</param>
/// <param name="CredentialId">Whose grant it is to bring.</param>
/// <param name="Slot">Where that credential stands.</param>
/// <param name="Starter">Which caller opened it.</param>
/// <param name="StartTime">When.</param>
internal sealed record OpenSetup(long SetupId, string StateHash, Secret CodeVerifier, long CredentialId, Slot Slot, string Starter, DateTimeOffset StartTime)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>The one completion of this setup, once it has begun.</summary>
    public OpenCompletion? Completion { get; init; }

    public DateTimeOffset ExpireTime => StartTime + Lifetime;

    /// <summary>When it ends by itself.</summary>
    public DateTimeOffset EndTime => Completion?.EndTime ?? ExpireTime;
}

/// <summary>A completion that is claimed: exactly one exchange of the code may follow from it. <paramref name="Attempt"/> is the rev of the commit that claimed it.</summary>
internal sealed record OpenCompletion(long Attempt, DateTimeOffset StartTime, Guid RequestId)
{
    public DateTimeOffset EndTime => StartTime + Claims.Lifetime;
}

/// <summary>How a setup ended: with a grant, or with a failure.</summary>
internal sealed record SetupResult(Failure? Failure, string Starter, DateTimeOffset StartTime, DateTimeOffset EndTime);

/// <summary>A setup that is over.</summary>
internal sealed record ClosedSetup(string StateHash, SetupEnd End);

/// <summary>How a setup came to be over.</summary>
internal enum SetupEnd
{
    /// <summary>Somebody came back with its state; <see cref="TenantRecord.LastSetup"/> says how it went, if it was the last.</summary>
    Used = 1,

    /// <summary>Nobody came back in time.</summary>
    Expired = 2,

    /// <summary>An administrator's later write took its place.</summary>
    Superseded = 3,
}
