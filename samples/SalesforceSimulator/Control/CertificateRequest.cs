namespace GrpcCreds.SalesforceSimulator;

/// <summary>A certificate that is uploaded to an app.</summary>
internal sealed record CertificateRequest
{
    public required string Pem { get; init; }
}
