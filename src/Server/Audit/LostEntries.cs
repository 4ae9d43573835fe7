namespace GrpcCreds.Server.Audit;

/// <summary>
/// The entry <paramref name="Number"/> repaired the tenant: the store had gone back to <paramref name="After"/>, and had lost the entries after it
/// up to <paramref name="Until"/>.
/// </summary>
internal sealed record LostEntries(long Number, long After, long Until);
