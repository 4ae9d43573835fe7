namespace GrpcCreds.Server.Store;

/// <summary>
/// What is wrong with the engine, in one sentence that says how to fix it. <paramref name="Tolerated"/>: the operator set AllowWeakDurability,
/// so it is only shown.
/// </summary>
internal sealed record StoreFault(string Reason, string Text, bool Tolerated);
