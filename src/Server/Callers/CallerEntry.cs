using GrpcCreds.Server.Callers.Rights;

namespace GrpcCreds.Server.Callers;

/// <summary>A caller as the table knows it.</summary>
internal sealed record CallerEntry(string Name, Grants Grants);
