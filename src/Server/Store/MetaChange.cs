namespace GrpcCreds.Server.Store;

/// <summary>A change to one field of the meta entry, made only if the field still has the value that was read; "" stands for a missing field.</summary>
internal readonly record struct MetaChange(string Name, string From, string To);
