namespace GrpcCreds.Server.Store;

/// <summary>Why nothing may be written into the store now, in words for a person; null if writing is allowed.</summary>
internal delegate string? WriteBlock();
