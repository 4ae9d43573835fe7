namespace GrpcCreds.Server.Audit;

/// <summary>A caller that receives something: its name, its address, its call, and how often at the time of the entry.</summary>
internal sealed record Recipient(string Caller, string? From, string Method, int Count);
