namespace GrpcCreds.Server.Tenants.Model;

/// <summary>
/// An app in the tenant's own org that acts as one pre-authorized user, and the key whose certificate an administrator uploads to it (OAuth 2.0 JWT bearer
/// flow). There is no secret that both sides know.
/// </summary>
internal sealed record JwtBearerCredential : AppCredential
{
    public required string Username { get; init; }

    public required SigningKey Key { get; init; }

    protected override Mode Mode => Mode.JwtBearer;

    /// <summary>Whether another credential differs only in its key: the certificate of the app is being replaced.</summary>
    public bool IsSameApp(JwtBearerCredential other) =>
        (ConsumerKey, Username, MyDomain, UseSandbox, OrgId) == (other.ConsumerKey, other.Username, other.MyDomain, other.UseSandbox, other.OrgId);

    public override string RevealForFingerprint() => $"jwt\0{MyDomain}\0{ConsumerKey}\0{Username}\0{Key.PrivateKey.Reveal()}";
}
