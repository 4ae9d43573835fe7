namespace GrpcCreds.Server.Tenants.Model;

/// <summary>Key and secret of an app in the tenant's own org, which acts as the app's Run As user (OAuth 2.0 client credentials).</summary>
internal sealed record ClientCredential : AppCredential
{
    public required Secret ConsumerSecret { get; init; }

    /// <summary>How often the app's key and secret are rotated; null: only on request.</summary>
    public TimeSpan? RotateEvery { get; init; }

    /// <summary>When this secret was saved or put in force: the schedule counts from then.</summary>
    public DateTimeOffset SecretTime { get; init; }

    /// <summary>The rotation of a credential that is in force: the running one, or the last one.</summary>
    public SecretRotation? Rotation { get; init; }

    // A rotation goes on while its app and set remain. If the set comes back that it had replaced, its new set remains known as the service's own.
    public override Credential Replacing(Credential? replaced) => replaced switch
    {
        ClientCredential { Rotation: { } rotation } former when former.ConsumerKey == ConsumerKey => this with { Rotation = rotation with { Claim = null } },
        ClientCredential { Rotation: { Former: { } set } rotation } former when set.ConsumerKey == ConsumerKey => this with
        {
            Rotation = rotation with
            {
                Step = RotationStep.Done, DueTime = null, Claim = null, Former = null, Staged = new(former.ConsumerKey, former.ConsumerSecret),
            },
        },
        _ => this with { Rotation = null },
    };

    protected override Mode Mode => Mode.ClientCredentials;

    public override string RevealForFingerprint() => $"client\0{MyDomain}\0{ConsumerKey}\0{ConsumerSecret.Reveal()}";
}
