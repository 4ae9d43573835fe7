namespace GrpcCreds.Server.Callers.Certificates;

/// <summary>The name in a certificate: the URI in its subject alternative name, or else its subject.</summary>
internal sealed record CertificateIdentity(bool IsUri, string Name);
