using GrpcCreds.Server.Callers.ApiKeys;
using GrpcCreds.Server.Callers.Certificates;
using GrpcCreds.Server.Callers.Rights;
using GrpcCreds.Server.Callers.Tokens;
using GrpcCreds.Server.Observability;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Primitives;

namespace GrpcCreds.Server.Callers;

/// <summary>
/// Identifies the caller. If there is an <c>authorization</c> header, it alone decides, valid or not; otherwise the connection's certificate decides.
/// </summary>
internal sealed class Authentication(
    AuthenticationMode door, CallerFiles files, ClientCertificates certificates, TokenCheck tokens, RightsSignal signal, ServiceMetrics metrics,
    TimeProvider clock, RefusalLog log)
{
    private const string Bearer = "Bearer ";

    /// <returns>null if the caller is unknown; the log gives the reason.</returns>
    /// <exception cref="IssuerUnavailableException">The token cannot be checked at the moment.</exception>
    public async Task<Caller?> IdentifyAsync(HttpContext call, string from)
    {
        if (door.IsOpen)
            return Caller.Development(from);
        var authorization = call.Request.Headers.Authorization;
        var peer = call.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(ClientCertificates.ItemKey, out var item) == true
            ? item as PeerCertificate
            : null;
        return authorization.Count > 0 ? await ByHeaderAsync(authorization, from, call.RequestAborted)
            : peer is not null ? ByCertificate(peer, from)
            : Refuse("nothing", from, "the call has neither a client certificate nor a bearer token");
    }

    /// <summary>The caller that a connection's certificate alone identifies, or null.</summary>
    public string? NameOf(PeerCertificate peer) => certificates.Judge(peer).Identity is { } identity ? files.Table!.Value.ByCertificate(identity)?.Name : null;

    private async Task<Caller?> ByHeaderAsync(StringValues authorization, string from, CancellationToken cancellationToken)
    {
        if (authorization is not [{ } header] || !header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return Refuse("header", from, "the authorization header is not a single 'Bearer …' value");
        var value = header[Bearer.Length..].Trim();
        return value.StartsWith(ApiKey.Prefix, StringComparison.Ordinal) ? ByApiKey(value, from) : await ByTokenAsync(value, from, cancellationToken);
    }

    private Caller? ByApiKey(string value, string from)
    {
        if (!ApiKey.TryParse(value, out var id, out var sha256))
            return Refuse("api_key", from, "the API key is malformed");
        return Admit(table => table.ByApiKey(id, sha256), null, from) ?? Refuse("api_key", from, $"no caller has the API key with id {id}");
    }

    private async Task<Caller?> ByTokenAsync(string token, string from, CancellationToken cancellationToken)
    {
        if (!tokens.AreTaken)
            return Refuse("token", from, "the call has a token, but Callers:Jwt:Issuer is not set");
        var (subject, ends, problem) = await tokens.CheckAsync(token, cancellationToken);
        if (subject is null)
            return Refuse("token", from, $"the token is not accepted: {problem}");
        return Admit(table => table.ByJwtSubject(subject), ends, from) ?? Refuse("token", from, $"no caller has the jwt_subject '{Printable.Of(subject)}'");
    }

    private Caller? ByCertificate(PeerCertificate peer, string from)
    {
        var verdict = certificates.Judge(peer);
        if (verdict.Identity is not { } identity)
            return Refuse("certificate", from, $"the certificate is not accepted: {verdict.Problem}");
        // Checked again each time: an authority may have been removed.
        return Admit(table => certificates.Judge(peer).Identity is { } now ? table.ByCertificate(now) : null, verdict.Ends, from)
            ?? Refuse("certificate", from, $"no caller has the certificate {PeerCertificate.Describe(identity)}");
    }

    private Caller? Admit(Func<CallerTable, CallerEntry?> find, DateTimeOffset? ends, string from) => find(files.Table!.Value) is { } entry
        ? new Caller(entry.Name, from, () => ends <= clock.GetUtcNow() ? null : find(files.Table.Value)?.Grants, signal.Subscribe, ends)
        : null;

    private Caller? Refuse(string proof, string from, string why)
    {
        metrics.CallerRefused(proof);
        // Without the port: with it, every refusal would count as a different one.
        log.Add(from.LastIndexOf(':') is > 0 and var port ? from[..port] : from, why);
        return null;
    }
}
