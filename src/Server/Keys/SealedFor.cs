namespace GrpcCreds.Server.Keys;

/// <summary>What sealed bytes are and whose: bytes sealed for one purpose, subject and number open for no other.</summary>
internal readonly record struct SealedFor(string Purpose, string Subject, long Number);
