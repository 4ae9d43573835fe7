using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Audit;

/// <summary>An entry of one of the audit's lists, opened; what does not open is an item too, so that nobody overlooks it.</summary>
/// <param name="Position">Where it stands in its list.</param>
/// <param name="Time">When; of what does not open, when the one that is newer.</param>
internal abstract record AuditItem(AuditPosition Position, DateTimeOffset Time)
{
    public sealed record Write(AuditPosition Position, DateTimeOffset Time, long Rev, AuditEntry? Entry) : AuditItem(Position, Time);

    public sealed record Disclosure(AuditPosition Position, DateTimeOffset Time, DisclosureEntry? Entry) : AuditItem(Position, Time);

    public sealed record Refusals(AuditPosition Position, DateTimeOffset Time, RefusalEntry? Entry) : AuditItem(Position, Time);
}
