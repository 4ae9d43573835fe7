namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>A field, by its name in the contract, and what is allowed there.</summary>
internal sealed record FieldViolation(string Field, string Description);
