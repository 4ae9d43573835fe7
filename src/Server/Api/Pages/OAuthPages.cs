using System.Net;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Callers.Limits;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Salesforce.Setup;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.Server.Tenants.Rules;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Api.Pages;

/// <summary>The two pages an administrator sees on the way to Salesforce and back.</summary>
internal sealed partial class OAuthPages(OAuthSetups setups, TenantRecords tenantRecords, CallerLimits limits,
    IOptions<SalesforceOptions> options, TimeProvider clock, ILogger<OAuthPages> log)
{
    public const string StartPath = "/oauth/start";
    public const string CallbackPath = "/oauth/callback";

    private const string Browser = "browser";

    /// <summary>Shows what a setup is for and links to Salesforce. It can be opened any number of times.</summary>
    public Task StartAsync(HttpContext context) => ShowAsync(context, StartPath, async () =>
    {
        return OAuthQuery.ReadState(context) is { } state ? await StandingAsync(context, state, OAuthTexts.Start, isStart: true) : OAuthTexts.Malformed;
    });

    /// <summary>
    /// Completes a setup with the result in the redirect from Salesforce: once, even if the request is repeated. A browser that has not seen the start page
    /// is sent to it and must sign in at Salesforce again.
    /// </summary>
    public Task CallbackAsync(HttpContext context) => ShowAsync(context, CallbackPath, async () =>
    {
        if (OAuthQuery.Read(context) is not { } query)
            return OAuthTexts.Malformed;
        if (!SetupCookie.IsIn(context, query.State, IsSecure))
            return await StandingAsync(context, query.State, (record, _) => OAuthTexts.NotBegunHere(record, StartUrl(query.State)), isStart: false);
        if (!limits.Page())
            return OAuthTexts.TooMany;
        var command = new Command.CompleteSetup
        {
            RequestId = Guid.NewGuid(),
            By = Browser,
            StateHash = query.State.Hash,
            // The user who signs in at Salesforce is rarely the one who started the setup. What counts is whose token comes back.
            ByAnybody = true,
            Error = query.Error is { } error ? OAuthErrors.OfCallback(error, query.ErrorDescription, [query.State.Value.Reveal()], clock.GetUtcNow()) : null,
        };
        var request = RequestKey.Own() with { Id = command.RequestId };
        return await setups.CompleteAsync(query.State.Tenant, command, query.Code, OriginOf(context), request, context.RequestAborted) switch
        {
            Applied.Done done => OAuthTexts.Ended(done.State, done.Result),
            Applied.Refused { Refusal.Reason: Reason.CandidateChanged } => OAuthTexts.Overtaken,
            Applied.Refused { Refusal.Reason: Reason.Contention } => OAuthTexts.Busy,
            _ => await StandingAsync(context, query.State, OAuthTexts.Start, isStart: true),
        };
    });

    /// <summary>
    /// The URL of the start page as a browser reaches it, including a path prefix that a proxy removes before /oauth: the start page has the same prefix as
    /// the callback. Null if the redirect URI does not lead to the callback page.
    /// </summary>
    public static string? StartUrl(Uri redirectUri, OAuthState state) =>
        redirectUri.OriginalString is var callback && callback.EndsWith(CallbackPath, StringComparison.Ordinal)
        ? $"{callback[..^CallbackPath.Length]}{StartPath}?state={state.Value.Reveal()}"
        : null;

    private Uri StartUrl(OAuthState state) =>
        StartUrl(options.Value.RedirectUri, state) is { } beside ? new(beside) : new(options.Value.RedirectUri, $"{StartPath}?state={state.Value.Reveal()}");

    private bool IsSecure => options.Value.RedirectUri.Scheme == Uri.UriSchemeHttps;

    // The page for the state of a setup: its purpose while it is open, its result afterwards.
    private async Task<OAuthPage> StandingAsync(HttpContext context, OAuthState state, Func<TenantRecord, Uri, OAuthPage> open, bool isStart)
    {
        if (!options.Value.IsOAuthConfigured)
            return OAuthTexts.NotConfigured;
        if (!limits.Page())
            return OAuthTexts.TooMany;
        var record = (await tenantRecords.ReadAsync(state.Tenant, context.RequestAborted)).Record;
        if (SetupStates.Of(record, state.Hash, clock.GetUtcNow()) is not SetupState.Open and var standing)
            return OAuthTexts.Over(record, standing);
        // Only the start page sets the cookie: reloading the callback must not be enough.
        if (isStart)
            SetupCookie.Give(context, state, IsSecure);
        return open(record, setups.AuthorizationUrl(record, state));
    }

    private async Task ShowAsync(HttpContext context, string path, Func<Task<OAuthPage>> page)
    {
        // The pages are served only on the HTTP port. The gRPC port uses HTTP/2; this port does not.
        if (HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        try
        {
            await (await MakeAsync(context, path, page)).WriteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The browser is gone; the work continues without it.
        }
    }

    private async Task<OAuthPage> MakeAsync(HttpContext context, string path, Func<Task<OAuthPage>> page)
    {
        try
        {
            return await page();
        }
        catch (StoreUnavailableException)
        {
            return OAuthTexts.StoreUnavailable;
        }
        catch (UnreadableException)
        {
            return OAuthTexts.Unreadable;
        }
        catch (Exception e) when (e is not OperationCanceledException || !context.RequestAborted.IsCancellationRequested)
        {
            Log.Failed(log, path, e.GetType(), e.StackTrace);
            return OAuthTexts.Failed;
        }
    }

    // In the format gRPC uses.
    private static Origin OriginOf(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        var from = $"ipv{(address.GetAddressBytes().Length == 4 ? 4 : 6)}:{new IPEndPoint(address, context.Connection.RemotePort)}";
        return new Origin(Browser, from, "CALLBACK", null);
    }

    private static partial class Log
    {
        // Without the exception's text, which might contain part of the query.
        [LoggerMessage(510, LogLevel.Error, "The page {Path} failed: {Exception}\n{Stack}")]
        public static partial void Failed(ILogger logger, string path, Type exception, string? stack);
    }
}
