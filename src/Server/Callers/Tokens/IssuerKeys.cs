using GrpcCreds.Server.Configuration;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace GrpcCreds.Server.Callers.Tokens;

/// <summary>
/// The public keys of the tokens' issuer: from a file, or from the issuer's metadata over https. A token's own claims about where its key is
/// found are ignored.
/// </summary>
internal sealed class IssuerKeys : IDisposable
{
    private const string MetadataPath = "/.well-known/openid-configuration";
    private const int MaxBytes = 256 * 1024;

    /// <summary>Older keys are fetched again in the background. A key that the issuer has withdrawn is trusted for up to this long.</summary>
    private static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(5);

    /// <summary>The shortest time between two requests to the issuer caused by unknown keys: any client can send tokens with such keys.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(10);

    /// <summary>How soon the issuer is asked again after a failure.</summary>
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly Reloaded<IReadOnlyList<SecurityKey>>? file;
    private readonly string? issuer;
    private readonly HttpMessageInvoker http =
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5) });

    private readonly TimeProvider clock;
    private Known? known;
    private Failure? failure;
    private Task<Known>? asking;

    public IssuerKeys(Reloaded<IReadOnlyList<SecurityKey>>? file, JwtOptions options, TimeProvider clock) =>
        (this.file, issuer, this.clock) = (file, options.Issuer, clock);

    /// <summary>Whether the issuer's metadata may be fetched: over https, or from this machine.</summary>
    public static bool CanAsk(string issuer) => Uri.TryCreate(issuer, UriKind.Absolute, out var url) && IsSafe(url);

    /// <exception cref="IssuerUnavailableException">The issuer's metadata cannot be fetched and has never been fetched before.</exception>
    public async Task<IReadOnlyList<SecurityKey>> GetAsync(CancellationToken cancellationToken)
    {
        if (file is not null)
            return file.Value;
        if (Volatile.Read(ref known) is not { } found)
            return (await AskAsync().WaitAsync(cancellationToken)).Keys;
        if (clock.GetElapsedTime(found.At) >= FreshFor)
            _ = AskAsync();
        return found.Keys;
    }

    /// <summary>The newest keys, for a token that is signed by an unknown key: the issuer may have added one.</summary>
    /// <exception cref="IssuerUnavailableException">The issuer cannot be asked.</exception>
    public async Task<IReadOnlyList<SecurityKey>> GetNewestAsync(CancellationToken cancellationToken)
    {
        if (file is not null)
            return file.Value;
        return Volatile.Read(ref known) is { } found && clock.GetElapsedTime(found.At) < AskAgain
            ? found.Keys
            : (await AskAsync().WaitAsync(cancellationToken)).Keys;
    }

    // Concurrent callers share one request, which continues even if some of them give up.
    private Task<Known> AskAsync()
    {
        lock (gate)
        {
            if (asking is { IsCompleted: false } || (failure is { } last && clock.GetElapsedTime(last.At) < TryAgain))
                return asking!;
            return asking = Task.Run(FetchAsync);
        }
    }

    private async Task<Known> FetchAsync()
    {
        var began = clock.GetTimestamp();
        try
        {
            var found = await OpenIdConnectConfigurationRetriever.GetAsync(issuer!.TrimEnd('/') + MetadataPath, new Documents(http), CancellationToken.None);
            if (found.Issuer != issuer)
                throw new IOException("its metadata names another issuer");
            Volatile.Write(ref failure, null);
            var keys = new Known(began, [.. found.JsonWebKeySet?.Keys.Where(IssuerKeyFile.IsPublic) ?? []]);
            Volatile.Write(ref known, keys);
            return keys;
        }
        catch (Exception e)
        {
            Volatile.Write(ref failure, new(clock.GetTimestamp()));
            throw new IssuerUnavailableException(e.Message);
        }
    }

    public void Dispose() => http.Dispose();

    private static bool IsSafe(Uri url) => url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback);

    private sealed record Known(long At, IReadOnlyList<SecurityKey> Keys);

    private sealed record Failure(long At);

    private sealed class Documents(HttpMessageInvoker http) : IDocumentRetriever
    {
        public async Task<string> GetDocumentAsync(string address, CancellationToken cancel)
        {
            // The address of the keys comes from the metadata.
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
