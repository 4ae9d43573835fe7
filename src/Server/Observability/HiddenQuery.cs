using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace GrpcCreds.Server.Observability;

/// <summary>
/// The query of a request, stored where only this service's endpoints look: it contains OAuth codes and states, and ASP.NET's request log, traces and error
/// pages show <c>Request.QueryString</c>. That property is always empty in this service; code that needs the query reads it here.
/// </summary>
internal sealed class HiddenQuery
{
    private readonly string text;

    private HiddenQuery(string text) => this.text = text;

    /// <summary>The parameters of the query, decoded once. Names are not case-sensitive.</summary>
    public static IReadOnlyDictionary<string, StringValues> Of(HttpContext context) => QueryHelpers.ParseQuery(context.Features.Get<HiddenQuery>()?.text);

    public override string ToString() => "[secret]";

    /// <summary>Removes the query from a request.</summary>
    public static void Hide(IFeatureCollection features)
    {
        if (features.Get<IHttpRequestFeature>() is not { } request)
            return;
        if (!string.IsNullOrEmpty(request.QueryString))
        {
            features.Set(new HiddenQuery(request.QueryString));
            request.QueryString = "";
        }
        // The target as in the request line. The query is removed even if Kestrel did not recognize it as one.
        if (request.RawTarget.IndexOf('?', StringComparison.Ordinal) is >= 0 and var start)
            request.RawTarget = request.RawTarget[..start];
    }
}
