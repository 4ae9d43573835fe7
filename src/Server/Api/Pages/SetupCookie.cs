using GrpcCreds.Server.Salesforce.Setup;

namespace GrpcCreds.Server.Api.Pages;

/// <summary>
/// Binds a setup to the browser that saw its start page (RFC 9700, 4.7). Without it, somebody could have a stranger's Salesforce user approve
/// by a link that leads straight to Salesforce, and never says which tenant it is for.
/// </summary>
internal static class SetupCookie
{
    private const string Value = "1";

    public static void Give(HttpContext context, OAuthState state, bool secure) => context.Response.Cookies.Append(NameOf(state, secure), Value, new()
    {
        HttpOnly = true,
        Secure = secure,
        // Sent when Salesforce sends the browser back, and with nothing that a foreign page does in secret.
        SameSite = SameSiteMode.Lax,
        Path = "/",
        MaxAge = Tenants.Model.OpenSetup.Lifetime,
        IsEssential = true,
    });

    public static bool IsIn(HttpContext context, OAuthState state, bool secure) => context.Request.Cookies[NameOf(state, secure)] == Value;

    // Each setup its own. A name of this kind needs the path /, which also holds whatever prefix a proxy takes off; no other host can set it.
    private static string NameOf(OAuthState state, bool secure) => $"{(secure ? "__Host-" : "")}grpccreds-setup-{state.Hash[..32]}";
}
