namespace GrpcCreds.Server.Rollout;

/// <summary>What decides how much a server's entries count.</summary>
/// <param name="GoneSince">Null for a live server; a stream at a server that is gone does not count.</param>
/// <param name="Offset">Added to a time by the server's clock, it gives the time by this server's clock.</param>
internal readonly record struct ServerState(DateTimeOffset? GoneSince, TimeSpan Offset);
