namespace GrpcCreds.Server.Callers;

/// <summary>Something made of files that is made again when they change.</summary>
internal interface IReloaded
{
    /// <summary>Which, in logs and metrics.</summary>
    string Name { get; }

    /// <summary>Why the files as they are now are not used; null if they are.</summary>
    string? Problem { get; }

    /// <summary>Looks at the files.</summary>
    /// <returns>Whether they had changed.</returns>
    bool Look();
}

/// <summary>
/// A value made of files. When they change to something that cannot be used, the last good value stays: a slip of an editor must not lock
/// everybody out.
/// </summary>
/// <remarks><see cref="Value"/> is one reference to an immutable object. Only one thread looks.</remarks>
internal sealed class Reloaded<T> : IReloaded
    where T : class
{
    private readonly (string Setting, string Path)[] files;
    private readonly Func<byte[][], T> parse;
    private byte[][]? seen;
    private T value;

    /// <param name="name">Which, in logs and metrics.</param>
    /// <param name="files">Each with the setting that names it.</param>
    /// <param name="parse">Makes the value of the files' contents.</param>
    /// <exception cref="CallersException">There is no good value to begin with.</exception>
    public Reloaded(string name, (string Setting, string Path)[] files, Func<byte[][], T> parse)
    {
        (Name, this.files, this.parse) = (name, files, parse);
        (seen, value) = Read() is { } content ? (content, Parse(content)) : throw new CallersException(Unreadable);
    }

    public string Name { get; }

    public T Value => Volatile.Read(ref value);

    public string? Problem { get; private set; }

    private string Unreadable => $"{string.Join(" or ", files.Select(file => $"{file.Setting} '{file.Path}'"))} cannot be read";

    public bool Look()
    {
        var content = Read();
        if (content is null ? seen is null : seen is not null && content.Zip(seen).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)))
            return false;
        seen = content;
        try
        {
            Volatile.Write(ref value, content is null ? throw new CallersException(Unreadable) : Parse(content));
            Problem = null;
        }
        catch (CallersException e)
        {
            Problem = e.Message;
        }
        return true;
    }

    private byte[][]? Read()
    {
        try
        {
            return [.. files.Select(file => File.ReadAllBytes(file.Path))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private T Parse(byte[][] content)
    {
        try
        {
            return parse(content);
        }
        catch (Exception e)
        {
            // Whatever a file holds must not end the service; only our own texts are known to show nothing of it.
            var why = e is CallersException ? e.Message : e.GetType().Name;
            throw new CallersException($"{string.Join(", ", files.Select(file => $"{file.Setting} '{file.Path}'"))} cannot be used: {why}");
        }
    }
}
