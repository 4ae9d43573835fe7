namespace GrpcCreds.Server.Tenants.Model;

/// <summary>A key pair made by this service for one credential.</summary>
internal sealed record SigningKey
{
    /// <summary>PKCS #8 in base64. It is in no answer, and leaves the record only where an assertion is signed.</summary>
    public required Secret PrivateKey { get; init; }

    /// <summary>The self-signed certificate of the public key, in PEM: what an administrator uploads to the app.</summary>
    public required string Certificate { get; init; }

    /// <summary>SHA-256 of the certificate in hexadecimal digits, as other tools show it.</summary>
    public required string Fingerprint { get; init; }

    public required DateTimeOffset MakeTime { get; init; }

    /// <summary>The end of the certificate. Salesforce refuses what is signed after it.</summary>
    public required DateTimeOffset ExpireTime { get; init; }
}
