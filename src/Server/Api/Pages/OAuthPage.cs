using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;

namespace GrpcCreds.Server.Api.Pages;

/// <summary>
/// A page for a browser: a heading, facts, paragraphs and at most one link. It contains fixed texts and values that an administrator saved, encoded here and
/// nowhere else, and never anything from the request.
/// </summary>
internal sealed record OAuthPage(int Status, string Title, params string[] Paragraphs)
{
    private const string Style = """
        :root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:0 auto;padding:1.5rem;overflow-wrap:anywhere}
        h1{font-size:1.5rem;line-height:1.25}dt{font-weight:600}dd{margin:0 0 .75rem}
        a{display:inline-block;padding:.75rem 1.25rem;border-radius:.375rem;background:#0b5cab;color:#fff}
        a:focus-visible{outline:.2rem solid currentColor;outline-offset:.2rem}
        """;

    // The policy allows this one style by its hash. Markup that got in despite the encoding could not run, load or style anything.
    private static readonly string SecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>The facts the page shows, as name and value.</summary>
    public IReadOnlyList<(string Name, string Value)> Facts { get; init; } = [];

    /// <summary>The link to the next step, and its text.</summary>
    public (Uri Target, string Text)? Link { get; init; }

    public async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.StatusCode = Status;
        response.ContentType = "text/html; charset=utf-8";
        var headers = response.Headers;
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = SecurityPolicy;
        headers["Referrer-Policy"] = "no-referrer";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        await response.WriteAsync(Html(), context.RequestAborted);
    }

    private string Html()
    {
        var html = new StringBuilder();
        html.Append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.Append(null, $"<title>{Encode(Title)}</title>\n<style>{Style}</style>\n</head>\n<body>\n<main>\n<h1>{Encode(Title)}</h1>\n");
        if (Facts.Count > 0)
            html.Append(null, $"<dl>\n{string.Concat(Facts.Select(fact => $"<dt>{Encode(fact.Name)}</dt><dd>{Encode(fact.Value)}</dd>\n"))}</dl>\n");
        foreach (var paragraph in Paragraphs)
            html.Append(null, $"<p>{Encode(paragraph)}</p>\n");
        if (Link is { } link)
            html.Append(null, $"<p><a href=\"{Encode(link.Target.AbsoluteUri)}\" rel=\"noreferrer\">{Encode(link.Text)}</a></p>\n");
        return html.Append("</main>\n</body>\n</html>\n").ToString();
    }

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
