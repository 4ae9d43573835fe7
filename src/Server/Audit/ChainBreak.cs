
namespace GrpcCreds.Server.Audit;

/// <summary>A break: the number it is about as far as that is known (0: it is not), the rev of the entry at which it shows (0: none), and what is wrong.</summary>
internal sealed record ChainBreak(long Number, long Rev, string What);
