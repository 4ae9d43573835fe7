namespace GrpcCreds.Server.Tenants.Model;

/// <summary>A setup that is over.</summary>
internal sealed record ClosedSetup(string StateHash, SetupEnd End);
