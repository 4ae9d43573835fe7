using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Keys;

/// <summary>Whether a key may take over.</summary>
/// <param name="Promoted">The meta entry in which it has; null if there is nothing to do, or it may not.</param>
/// <param name="Lacking">The live servers that do not have it.</param>
/// <param name="IsReplaced">It was active once, and another one took over from it.</param>
internal sealed record Promotion(StoreMeta? Promoted, IReadOnlyList<string> Lacking, bool IsReplaced)
{
    public static readonly Promotion None = new(null, [], IsReplaced: false);
}
