namespace GrpcCreds.Server.Store;

/// <summary>
/// A remembered request. <paramref name="Fingerprint"/> is a keyed hash of method, caller and content. Times are kept to the millisecond. The
/// oldest commit is forgotten first: by a commit of the tenant that is <see cref="MaxAge"/> younger, or by the <see cref="MaxPerTenant"/>th
/// commit after it.
/// </summary>
internal sealed record RequestEntry(Guid Id, DateTimeOffset Time, ReadOnlyMemory<byte> Fingerprint, long Rev, string Result)
{
    public const int MaxPerTenant = 256;

    public static readonly TimeSpan MaxAge = TimeSpan.FromHours(24);

    /// <summary>It is known that the request arrived, but its data cannot be read: it must be neither applied again nor reported as applied.</summary>
    public bool IsDamaged { get; private init; }

    public static RequestEntry Damaged(Guid id) => new(id, default, default, 0, "") { IsDamaged = true };
}
