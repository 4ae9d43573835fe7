using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace GrpcCreds.Server.Observability;

/// <summary>
/// The query of a request, kept where nothing but our own endpoints looks: OAuth's codes and states travel in it, and ASP.NET's request log,
/// traces and error pages show <c>Request.QueryString</c>. That one is empty in this service; who needs the query asks here.
/// </summary>
internal sealed class HiddenQuery
{
    private readonly string text;

    private HiddenQuery(string text) => this.text = text;

    /// <summary>The query's parameters, decoded once. Names are found whatever their case.</summary>
    public static IReadOnlyDictionary<string, StringValues> Of(HttpContext context) => QueryHelpers.ParseQuery(context.Features.Get<HiddenQuery>()?.text);

    public override string ToString() => "[secret]";

    /// <summary>Takes the query off a request.</summary>
    public static void Hide(IFeatureCollection features)
    {
        if (features.Get<IHttpRequestFeature>() is not { } request)
            return;
        if (!string.IsNullOrEmpty(request.QueryString))
        {
            features.Set(new HiddenQuery(request.QueryString));
            request.QueryString = "";
        }
        // As it stood in the request line. It is cut also where Kestrel saw no query in it.
        if (request.RawTarget.IndexOf('?', StringComparison.Ordinal) is >= 0 and var start)
            request.RawTarget = request.RawTarget[..start];
    }
}
