namespace GrpcCreds.Server.Tenants.Model;

/// <summary>Key and secret of an app in the tenant's own org, which acts as the app's Run As user (OAuth 2.0 client credentials).</summary>
internal sealed record ClientCredential : AppCredential
{
    public required Secret ConsumerSecret { get; init; }

    protected override Mode Mode => Mode.ClientCredentials;

    public override string RevealForFingerprint() => $"client\0{MyDomain}\0{ConsumerKey}\0{ConsumerSecret.Reveal()}";
}
