namespace GrpcCreds.Server.Tenants.Model;

/// <summary>The commit a decision will be part of.</summary>
internal readonly record struct Moment(long Rev, DateTimeOffset Now)
{
    /// <summary>0 to 1, from the commit's number: what began together does not stay together, and the rules stay pure.</summary>
    public double Spread => unchecked((ulong)Rev * 0x9E3779B97F4A7C15UL >> 11) / (double)(1UL << 53);
}
