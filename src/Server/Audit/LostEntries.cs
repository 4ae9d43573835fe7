
namespace GrpcCreds.Server.Audit;

/// <summary>The entry <paramref name="Number"/> mended the tenant: the store had gone back to <paramref name="After"/>, and lost what came then up to <paramref name="Until"/>.</summary>
internal sealed record LostEntries(long Number, long After, long Until);
