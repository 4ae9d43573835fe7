namespace GrpcCreds.Server.Tenants.Model;

/// <summary>The commit a decision will be part of.</summary>
internal readonly record struct Moment(long Rev, DateTimeOffset Now)
{
    /// <summary>0 to 1, derived from the commit's number: spreads work that began at the same time, and keeps the rules pure.</summary>
    public double Spread => unchecked((ulong)Rev * 0x9E3779B97F4A7C15UL >> 11) / (double)(1UL << 53);
}
