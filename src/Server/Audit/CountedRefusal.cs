namespace GrpcCreds.Server.Audit;

/// <summary>Identical refused calls; <paramref name="Call"/> is null for calls of too many kinds to be counted separately.</summary>
internal sealed record CountedRefusal(RefusedCall? Call, long Count, DateTimeOffset First, DateTimeOffset Last);
