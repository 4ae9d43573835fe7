namespace GrpcCreds.Server.Store;

/// <summary>
/// What is wrong with the engine, in one sentence that says how to mend it. <paramref name="Tolerated"/>: the operator said
/// AllowWeakDurability, so it is only shown.
/// </summary>
internal sealed record StoreFault(string Reason, string Text, bool Tolerated);
