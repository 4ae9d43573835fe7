using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using GrpcCreds.Server.Configuration;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>
/// The only authorities that may issue the TLS certificates of Redis and Sentinel, from a file that is read again for each new connection: a changed
/// authority is used without a restart. While the file cannot be read, the last authorities are used.
/// </summary>
internal sealed class RedisAuthorities
{
    public const string Setting = $"{RedisOptions.Section}:{nameof(RedisOptions.AuthoritiesFile)}";

    private readonly string path;
    private volatile X509Certificate2Collection last;

    /// <exception cref="StoreRefusedException">The file cannot be read, can be written by others, or has no certificate.</exception>
    public RedisAuthorities(string path)
    {
        this.path = path;
        try
        {
            last = Read();
        }
        catch (GuardedFileException exception)
        {
            throw Refused(exception.Message);
        }
        catch (Exception exception) when (IsUnusable(exception))
        {
            throw Refused("cannot be read, or is not a PEM file of certificates");
        }
    }

    /// <summary>How to connect to a server of this name.</summary>
    public SslClientAuthenticationOptions For(string host)
    {
        try
        {
            last = Read();
        }
        catch (Exception exception) when (exception is GuardedFileException || IsUnusable(exception))
        {
            // It may be being replaced; the last authorities stay.
        }
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(last);
        return new SslClientAuthenticationOptions { TargetHost = host, CertificateChainPolicy = policy };
    }

    private X509Certificate2Collection Read()
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(Encoding.UTF8.GetString(GuardedFile.ReadTrusted(path)));
        return certificates.Count > 0 ? certificates : throw new CryptographicException("no certificate");
    }

    private static bool IsUnusable(Exception exception) => exception is IOException or UnauthorizedAccessException or CryptographicException;

    private StoreRefusedException Refused(string why) => new(StoreReason.Misconfigured, $"{Setting}: {path} {why}");
}
