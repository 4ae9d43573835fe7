using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Keys;

/// <summary>Whether a key may take over.</summary>
/// <param name="Promoted">The meta entry with the key active; null if there is nothing to do, or it may not take over.</param>
/// <param name="Lacking">The live servers that do not have it.</param>
/// <param name="IsReplaced">It was active before and another key has replaced it.</param>
internal sealed record Promotion(StoreMeta? Promoted, IReadOnlyList<string> Lacking, bool IsReplaced)
{
    public static readonly Promotion None = new(null, [], IsReplaced: false);
}
