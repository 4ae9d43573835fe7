using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace GrpcCreds.Cli.Connection;

/// <summary>The server that a command talks to. An option counts before a <c>GRPCCREDS_*</c> variable, a variable before the context.</summary>
internal sealed class Target
{
    /// <summary>Where the service listens in Development and in the quick start.</summary>
    public const string DefaultAddress = "http://127.0.0.1:5080";

    private Target(Uri address, string origin, string? contextName, ContextSettings settings) =>
        (Address, Origin, ContextName, Settings) = (address, origin, contextName, settings);

    public Uri Address { get; }

    /// <summary>What named the address, for people.</summary>
    public string Origin { get; }

    public string? ContextName { get; }

    public ContextSettings Settings { get; }

    public bool IsLoopback => Address.IsLoopback || (IPAddress.TryParse(Address.Host, out var ip) && IPAddress.IsLoopback(ip));

    /// <exception cref="CommandFailedException">Something is wrong; all of it is named.</exception>
    public static Target Resolve(string? contextOption, string? addressOption)
    {
        var file = ContextStore.Read();
        var name = contextOption ?? Variable("CONTEXT") ?? file.Current;
        var settings = new ContextSettings();
        if (name is not null && !file.Contexts.TryGetValue(name, out settings))
            throw new CommandFailedException(Exit.Usage, $"There is no context '{name}'. grpccreds context list shows those there are.");
        settings = settings! with
        {
            TokenCommand = Variable("TOKEN_COMMAND") ?? (Variable("TOKEN_FILE") is null ? settings.TokenCommand : null),
            TokenFile = Variable("TOKEN_FILE") ?? (Variable("TOKEN_COMMAND") is null ? settings.TokenFile : null),
            CertificateFile = Variable("CERTIFICATE_FILE") ?? settings.CertificateFile,
            KeyFile = Variable("KEY_FILE") ?? settings.KeyFile,
            AuthoritiesFile = Variable("AUTHORITIES_FILE") ?? settings.AuthoritiesFile,
        };
        var (address, origin) =
            addressOption is not null ? (addressOption, "--address")
            : Variable("ADDRESS") is { } variable ? (variable, "GRPCCREDS_ADDRESS")
            : settings.Address is not null ? (settings.Address, $"context {name}")
            : (DefaultAddress, "the default");
        if (Problem(address) is { } problem)
            throw new CommandFailedException(Exit.Usage, $"The address from {origin} {problem}.");
        var target = new Target(new Uri(address), origin, name, settings);
        if (target.Address.Scheme == Uri.UriSchemeHttp && !target.IsLoopback && (settings.TokenCommand ?? settings.TokenFile) is not null)
            throw new CommandFailedException(Exit.Usage, "A token is sent over https only, or over http to this machine. Change the address to https.");
        return target;
    }

    /// <summary>What is wrong with an address; null if nothing is.</summary>
    public static string? Problem(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri is { Scheme: "http" or "https", UserInfo: "", PathAndQuery: "/", Fragment: "" }
            ? null
            : "must be https://host:port, or http://host:port for local use, without user, path and query";

    /// <summary>The handler for connections, with the certificates of the context.</summary>
    public void Configure(SocketsHttpHandler handler)
    {
        if (IsLoopback)
            handler.UseProxy = false;
        if (Settings.CertificateFile is { } certificate)
            handler.SslOptions.ClientCertificates = [Load("certificate_file or key_file", () => WithKey(certificate, Settings.KeyFile ?? certificate))];
        if (Settings.AuthoritiesFile is { } authorities)
            handler.SslOptions.CertificateChainPolicy = TrustOnly(authorities);
    }

    /// <summary>The policy that accepts what these authorities issued.</summary>
    public static X509ChainPolicy TrustOnly(string authoritiesFile)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        Load("authorities_file", () =>
        {
            policy.CustomTrustStore.ImportFromPemFile(authoritiesFile);
            return policy;
        });
        return policy;
    }

    private static X509Certificate2 WithKey(string certificate, string key)
    {
        using var pem = X509Certificate2.CreateFromPemFile(certificate, key);
        // Windows cannot use a key that exists in memory only.
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }

    private static T Load<T>(string setting, Func<T> load)
    {
        try
        {
            return load();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new CommandFailedException(Exit.Usage, $"{setting} cannot be used: {e.Message}");
        }
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable($"GRPCCREDS_{name}") is { Length: > 0 } value ? value : null;
}
