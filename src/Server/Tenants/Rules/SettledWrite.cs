using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>A pending write and how it ended.</summary>
internal sealed record SettledWrite(Guid RequestId, WriteResult Result);
