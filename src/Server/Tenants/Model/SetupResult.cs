namespace GrpcCreds.Server.Tenants.Model;

/// <summary>How a setup ended: with a grant, or with a failure.</summary>
internal sealed record SetupResult(Failure? Failure, string Starter, DateTimeOffset StartTime, DateTimeOffset EndTime);
