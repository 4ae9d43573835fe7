using System.Globalization;

namespace GrpcCreds.Server.Store;

/// <summary>The position of an audit entry in its list: two numbers whose meaning is up to the engine; a newer entry's are higher.</summary>
internal readonly record struct AuditPosition(long Major, long Minor)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}-{Minor}");

    public static bool TryParse(string text, out AuditPosition position)
    {
        var parts = text.Split('-');
        var minor = 0L;
        var parsed = long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            && (parts.Length == 1 || (parts.Length == 2 && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out minor)));
        position = new(major, minor);
        return parsed;
    }
}
