namespace GrpcCreds.Server.Store.Redis;

/// <summary>An answer of a server: a text (a number too), an error, nothing, or a list of answers.</summary>
internal sealed record Resp(string? Text, bool IsError = false)
{
    public IReadOnlyList<Resp> Items { get; init; } = [];

    /// <summary>The lines <c>name:value</c> of an answer of INFO; null if it is not one.</summary>
    public Dictionary<string, string>? Fields()
    {
        if (IsError)
            return null;
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in (Text ?? "").Split('\n'))
        {
            if (line.Split(':', 2) is [var name, var value])
                fields[name] = value.TrimEnd('\r');
        }
        return fields;
    }

    /// <summary>The names and values that an answer of SENTINEL lists alternately.</summary>
    public Dictionary<string, string> Pairs()
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i + 1 < Items.Count; i += 2)
            pairs[Items[i].Text ?? ""] = Items[i + 1].Text ?? "";
        return pairs;
    }
}
