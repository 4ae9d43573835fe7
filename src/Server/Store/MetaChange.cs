namespace GrpcCreds.Server.Store;

/// <summary>A field of the meta entry that is to change, if it still is what was read; "" is a field that is not there.</summary>
internal readonly record struct MetaChange(string Name, string From, string To);
