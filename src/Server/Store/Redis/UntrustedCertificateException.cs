using System.Security.Authentication;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>The server's TLS certificate is not trusted, not currently valid or not issued for its name.</summary>
internal sealed class UntrustedCertificateException(Exception inner) : AuthenticationException("the server's TLS certificate is not trusted", inner);
