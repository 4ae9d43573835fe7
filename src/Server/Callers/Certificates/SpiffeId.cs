using System.Text.RegularExpressions;

namespace GrpcCreds.Server.Callers.Certificates;

/// <summary>The name of a workload, <c>spiffe://trust-domain/path</c>, as the SPIFFE ID standard defines it. It is never normalized.</summary>
internal readonly partial record struct SpiffeId(string TrustDomain, string Path)
{
    private const int MaxLength = 2048, MaxTrustDomain = 255;

    public static bool TryParse(string text, out SpiffeId id)
    {
        var match = text.Length <= MaxLength ? Pattern().Match(text) : Match.Empty;
        var segments = match.Groups[2].Value.Split('/').Skip(1).ToList();
        var isId = match.Success && IsTrustDomain(match.Groups[1].Value) && segments.All(segment => segment is not ("." or ".."));
        id = isId ? new(match.Groups[1].Value, match.Groups[2].Value) : default;
        return isId;
    }

    public static bool IsTrustDomain(string text) => text.Length <= MaxTrustDomain && Domain().IsMatch(text);

    // A leaf names a workload, so it must have a path; empty segments, query, fragment, port, user and percent-encoding are not allowed.
    [GeneratedRegex(@"\Aspiffe://([a-z0-9._-]+)((?:/[a-zA-Z0-9._-]+)+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();

    [GeneratedRegex(@"\A[a-z0-9._-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Domain();
}
