
namespace GrpcCreds.Server.Audit;

/// <summary>What became of a chain.</summary>
/// <param name="Entries">How many the store has.</param>
/// <param name="First">Number of the oldest; 0 if there is none that opens.</param>
/// <param name="Last">Number of the newest; 0 if there is none that opens.</param>
/// <param name="Broken">The first place, from the oldest on, where it is not as it was written; null if it is intact.</param>
/// <param name="Lost">Where the store was rolled back and mended, newest first.</param>
internal sealed record ChainFinding(long Entries, long First, long Last, ChainBreak? Broken, IReadOnlyList<LostEntries> Lost);
