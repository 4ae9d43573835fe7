namespace GrpcCreds.Server.Keys;

/// <summary>What sealed bytes are for: bytes sealed for one purpose, subject and number do not open for any other.</summary>
internal readonly record struct SealedFor(string Purpose, string Subject, long Number);
