namespace GrpcCreds.Server.Tenants.Model;

/// <summary>
/// An OAuth setup that is waiting for a browser to return from Salesforce. The state itself is stored nowhere, only its SHA-256.
/// </summary>
/// <param name="SetupId">The rev of the commit that opened it.</param>
/// <param name="StateHash">SHA-256 of the state, hexadecimal.</param>
/// <param name="CodeVerifier">PKCE, RFC 7636.</param>
/// <param name="CredentialId">The credential whose grant it brings.</param>
/// <param name="Slot">The slot of that credential.</param>
/// <param name="Starter">The caller that opened it.</param>
/// <param name="StartTime">When it was opened.</param>
internal sealed record OpenSetup(long SetupId, string StateHash, Secret CodeVerifier, long CredentialId, Slot Slot, string Starter, DateTimeOffset StartTime)
{
    /// <summary>The mode that a setup belongs to.</summary>
    public const Mode Mode = Model.Mode.Oauth;

    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>The one completion of this setup, once it has begun.</summary>
    public OpenCompletion? Completion { get; init; }

    public DateTimeOffset ExpireTime => StartTime + Lifetime;

    /// <summary>When it ends automatically.</summary>
    public DateTimeOffset EndTime => Completion?.EndTime ?? ExpireTime;
}
