using System.Text.Encodings.Web;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>The page that ends an authorization without a return to its app.</summary>
internal static class ErrorPage
{
    private const string Path = "/setup/secur/RemoteAccessErrorPage.apexp";

    public static Answer Redirect(string error, string errorDescription) => Answer.Redirect($"{Path}?{OAuthError.Encode(error, errorDescription)}");

    public static void MapErrorPage(this IEndpointRouteBuilder routes, World world) =>
        routes.MapGet(Path, context => new Exchange(context, world, Endpoint.Other).RunAsync(() =>
        {
            var (error, description) = (Encode(context, "error"), Encode(context, "error_description"));
            return Answer.Page($"<h1>We can't authorize you because of an OAuth error.</h1><p>{error} : {description}</p>");
        }));

    private static string Encode(HttpContext context, string name) => HtmlEncoder.Default.Encode(context.Request.Query[name].ToString());
}
