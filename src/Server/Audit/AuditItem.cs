using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Audit;

/// <summary>An opened entry of one of the audit's lists; an entry that does not open is an item too, so that it is not overlooked.</summary>
/// <param name="Position">Its position in its list.</param>
/// <param name="Time">Its time; for an entry that does not open, the time of the next newer one.</param>
internal abstract record AuditItem(AuditPosition Position, DateTimeOffset Time)
{
    public sealed record Write(AuditPosition Position, DateTimeOffset Time, long Rev, AuditEntry? Entry) : AuditItem(Position, Time);

    public sealed record Disclosure(AuditPosition Position, DateTimeOffset Time, DisclosureEntry? Entry) : AuditItem(Position, Time);

    public sealed record Refusals(AuditPosition Position, DateTimeOffset Time, RefusalEntry? Entry) : AuditItem(Position, Time);
}
