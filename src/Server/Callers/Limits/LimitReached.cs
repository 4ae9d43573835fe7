namespace GrpcCreds.Server.Callers.Limits;

/// <summary>A limit that was reached: the setting that is to be raised, and when to try again.</summary>
internal sealed record LimitReached(string Setting, TimeSpan RetryAfter);
