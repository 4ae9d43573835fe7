namespace GrpcCreds.Server.Callers.Limits;

/// <summary>A limit that was reached: the setting that raises it, and when to retry.</summary>
internal sealed record LimitReached(string Setting, TimeSpan RetryAfter);
