using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace GrpcCreds.Server.Callers;

/// <summary>
/// The public keys of the tokens' issuer: from a file, or from the issuer's metadata over https. What a token itself says about where its key
/// may be found is never looked at.
/// </summary>
internal sealed class IssuerKeys : IDisposable
{
    private const string MetadataPath = "/.well-known/openid-configuration";
    private const int MaxBytes = 256 * 1024;
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);

    private readonly Reloaded<IReadOnlyList<SecurityKey>>? file;
    private readonly string? issuer;
    private readonly HttpMessageInvoker http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5) });
    private readonly ConfigurationManager<OpenIdConnectConfiguration>? metadata;
    private readonly TimeProvider clock;
    private Failure? failure;

    public IssuerKeys(CallerFiles files, IOptions<CallersOptions> options, TimeProvider clock)
    {
        (file, issuer, this.clock) = (files.IssuerKeys, options.Value.Jwt.Issuer, clock);
        if (file is null && issuer is not null)
            metadata = new(issuer.TrimEnd('/') + MetadataPath, new OpenIdConnectConfigurationRetriever(), new Documents(http));
    }

    /// <summary>Whether an issuer has metadata that may be read: over https, or on this machine.</summary>
    public static bool CanAsk(string issuer) => Uri.TryCreate(issuer, UriKind.Absolute, out var url) && IsSafe(url);

    /// <exception cref="IssuerUnavailableException">The issuer's metadata cannot be had, and never could.</exception>
    public async Task<IReadOnlyCollection<SecurityKey>> GetAsync(CancellationToken cancellationToken)
    {
        if (metadata is null)
            return file!.Value;
        // A stranger's tokens must not make the service ask an issuer that is down again and again.
        if (Volatile.Read(ref failure) is { } last && clock.GetElapsedTime(last.At) < AskAgain)
            throw new IssuerUnavailableException(last.Text);
        try
        {
            var found = await metadata.GetConfigurationAsync(cancellationToken);
            return found.Issuer == issuer ? [.. found.SigningKeys] : throw Failed("its metadata names another issuer");
        }
        catch (InvalidOperationException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed(e.Message);
        }
    }

    /// <summary>A token was signed by a key nobody knows: the issuer may have made a new one. Asked again at most every five minutes.</summary>
    public void Renew() => metadata?.RequestRefresh();

    public void Dispose() => http.Dispose();

    private IssuerUnavailableException Failed(string text)
    {
        Volatile.Write(ref failure, new(clock.GetTimestamp(), text));
        return new(text);
    }

    private static bool IsSafe(Uri url) => url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback);

    private sealed record Failure(long At, string Text);

    private sealed class Documents(HttpMessageInvoker http) : IDocumentRetriever
    {
        public async Task<string> GetDocumentAsync(string address, CancellationToken cancel)
        {
            // The metadata says where the keys are.
            if (!Uri.TryCreate(address, UriKind.Absolute, out var url) || !IsSafe(url))
                throw new IOException("the issuer's metadata names an address that is not https");
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(TimeSpan.FromSeconds(10));
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            using var answer = await http.SendAsync(request, patience.Token);
            answer.EnsureSuccessStatusCode();
            await answer.Content.LoadIntoBufferAsync(MaxBytes, patience.Token);
            return await answer.Content.ReadAsStringAsync(patience.Token);
        }
    }
}

/// <summary>The issuer of tokens cannot be asked for its keys: nobody can say whether a token is good.</summary>
internal sealed class IssuerUnavailableException(string message) : Exception(message);
