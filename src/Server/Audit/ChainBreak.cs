namespace GrpcCreds.Server.Audit;

/// <summary>
/// A break: the number of the affected entry if known (0: unknown), the rev of the entry at which it shows (0: none), and what is wrong.
/// </summary>
internal sealed record ChainBreak(long Number, long Rev, string What);
