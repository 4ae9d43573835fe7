using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Audit;

/// <summary>How far the lists were read: for each list the position of the last item taken, null at its beginning.</summary>
internal readonly record struct AuditCursor(AuditPosition? Writes, AuditPosition? Journal)
{
    public override string ToString() => $"{Writes},{Journal}";

    public static bool TryParse(string text, out AuditCursor cursor)
    {
        cursor = default;
        if (text.Split(',') is not [var writes, var journal] || !IsPosition(writes, out var first) || !IsPosition(journal, out var second))
            return false;
        cursor = new(first, second);
        return true;
    }

    private static bool IsPosition(string text, out AuditPosition? position)
    {
        var parsed = AuditPosition.TryParse(text, out var found);
        position = parsed ? found : null;
        return parsed || text == "";
    }
}
