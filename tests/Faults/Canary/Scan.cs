using System.Buffers;
using System.Text;

namespace GrpcCreds.Tests.Faults.Canary;

/// <summary>A canary where none must be.</summary>
internal sealed record Finding(string Sink, string Use, string Form, string Around);

/// <summary>Searches for all forms of all canaries at once.</summary>
internal sealed class Scan
{
    private const int Around = 60;

    private readonly Dictionary<string, (string Use, string Form)> patterns = new(StringComparer.Ordinal);
    private readonly SearchValues<string> search;
    private readonly int[] lengths;

    public Scan(Canaries canaries)
    {
        // A byte is a Latin-1 character: so text is searched, and nothing is lost.
        foreach (var (use, secret) in canaries.Searched)
        {
            foreach (var (form, bytes) in Forms.Of(secret))
                patterns.TryAdd(Encoding.Latin1.GetString(bytes), (use, form));
        }
        search = SearchValues.Create([.. patterns.Keys], StringComparison.Ordinal);
        lengths = [.. patterns.Keys.Select(pattern => pattern.Length).Distinct()];
    }

    public IReadOnlyList<Finding> In(Sinks sinks) =>
        [.. sinks.All.SelectMany(sink => In(sink.Name, sink.Bytes)).DistinctBy(found => (found.Sink, found.Use, found.Form))];

    private IEnumerable<Finding> In(string sink, byte[] bytes)
    {
        var text = Encoding.Latin1.GetString(bytes);
        for (var at = 0; text.AsSpan(at).IndexOfAny(search) is >= 0 and var next; at++)
        {
            at += next;
            var (use, form) =
                patterns[lengths.Where(length => at + length <= text.Length).Select(length => text.Substring(at, length)).First(patterns.ContainsKey)];
            yield return new(sink, use, form, text[Math.Max(0, at - Around)..Math.Min(text.Length, at + Around)]);
        }
    }
}
