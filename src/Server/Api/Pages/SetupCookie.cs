using GrpcCreds.Server.Salesforce.Setup;

namespace GrpcCreds.Server.Api.Pages;

/// <summary>
/// Binds a setup to the browser that saw its start page (RFC 9700, 4.7). Without this, an attacker could get the approval of another Salesforce user with a
/// link that leads straight to Salesforce and never shows which tenant it is for.
/// </summary>
internal static class SetupCookie
{
    private const string Value = "1";

    public static void Give(HttpContext context, OAuthState state, bool secure) => context.Response.Cookies.Append(NameOf(state, secure), Value, new()
    {
        HttpOnly = true,
        Secure = secure,
        // Lax: sent with the redirect from Salesforce, but not with background requests from other sites.
        SameSite = SameSiteMode.Lax,
        Path = "/",
        MaxAge = Tenants.Model.OpenSetup.Lifetime,
        IsEssential = true,
    });

    public static bool IsIn(HttpContext context, OAuthState state, bool secure) => context.Request.Cookies[NameOf(state, secure)] == Value;

    // Each setup has its own cookie. The __Host- prefix requires the path /, which also works with any path prefix a proxy removes; no other host can set the
    // cookie.
    private static string NameOf(OAuthState state, bool secure) => $"{(secure ? "__Host-" : "")}grpccreds-setup-{state.Hash[..32]}";
}
