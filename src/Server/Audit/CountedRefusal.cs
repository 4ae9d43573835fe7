
namespace GrpcCreds.Server.Audit;

/// <summary>Refused calls that are alike; <paramref name="Call"/> is null for what was too manifold to be told apart.</summary>
internal sealed record CountedRefusal(RefusedCall? Call, long Count, DateTimeOffset First, DateTimeOffset Last);
