namespace GrpcCreds.Server.Store;

/// <summary>Why the store may not be written now, in text for a person; null if writing is allowed.</summary>
internal delegate string? WriteBlock();
