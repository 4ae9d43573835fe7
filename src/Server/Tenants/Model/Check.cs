namespace GrpcCreds.Server.Tenants.Model;

/// <summary>One part of a test; <paramref name="Name"/> is one of the contract's check names.</summary>
internal sealed record Check(string Name, Outcome Outcome, string Detail);
