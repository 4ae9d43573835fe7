namespace GrpcCreds.Server.Callers.Certificates;

/// <summary>Whom a certificate names: the URI in its subject alternative name, else its subject.</summary>
internal sealed record CertificateIdentity(bool IsUri, string Name);
