using GrpcCreds.Server.Callers.Rights;

namespace GrpcCreds.Server.Callers;

/// <summary>A caller in the table.</summary>
internal sealed record CallerEntry(string Name, Grants Grants);
