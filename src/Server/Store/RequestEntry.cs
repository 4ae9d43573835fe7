namespace GrpcCreds.Server.Store;

/// <summary>
/// A remembered request. <paramref name="Fingerprint"/> is a keyed hash of method, caller and content. Kept to the millisecond; forgotten,
/// oldest commit first, by a commit of the tenant that is <see cref="MaxAge"/> younger, or the <see cref="MaxPerTenant"/>th after it.
/// </summary>
internal sealed record RequestEntry(Guid Id, DateTimeOffset Time, ReadOnlyMemory<byte> Fingerprint, long Rev, string Result)
{
    public const int MaxPerTenant = 256;

    public static readonly TimeSpan MaxAge = TimeSpan.FromHours(24);

    /// <summary>That the request came is known, and nothing else of it can be read: it must be neither applied again nor called applied.</summary>
    public bool IsDamaged { get; private init; }

    public static RequestEntry Damaged(Guid id) => new(id, default, default, 0, "") { IsDamaged = true };
}
