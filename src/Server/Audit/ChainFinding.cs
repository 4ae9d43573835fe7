namespace GrpcCreds.Server.Audit;

/// <summary>The result of verifying a chain.</summary>
/// <param name="Entries">The number of entries in the store.</param>
/// <param name="First">Number of the oldest entry; 0 if there is none that opens.</param>
/// <param name="Last">Number of the newest entry; 0 if there is none that opens.</param>
/// <param name="Broken">The first place, from the oldest on, where it is not as it was written; null if it is intact.</param>
/// <param name="Lost">Where the store was rolled back and repaired, newest first.</param>
internal sealed record ChainFinding(long Entries, long First, long Last, ChainBreak? Broken, IReadOnlyList<LostEntries> Lost);
