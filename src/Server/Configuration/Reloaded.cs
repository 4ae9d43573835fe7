namespace GrpcCreds.Server.Configuration;

/// <summary>
/// A value built from files. If they change to contents that cannot be used, the last good value remains: an editing mistake must not lock every
/// caller out.
/// </summary>
/// <remarks><see cref="Value"/> is one reference to an immutable object. Only one thread checks for changes.</remarks>
internal sealed class Reloaded<T> : IReloaded
    where T : class
{
    private readonly WatchedFile[] files;
    private readonly Func<byte[][], T> parse;
    private Reading? seen;
    private T value;

    /// <param name="name">The value's name in logs and metrics.</param>
    /// <param name="files">The files it is built from.</param>
    /// <param name="parse">Builds the value from the files' contents.</param>
    /// <exception cref="FileException">There is no good value to start with.</exception>
    public Reloaded(string name, WatchedFile[] files, Func<byte[][], T> parse)
    {
        (Name, this.files, this.parse) = (name, files, parse);
        seen = Read();
        value = Parse(seen);
    }

    public string Name { get; }

    public T Value => Volatile.Read(ref value);

    public string? Problem { get; private set; }

    public bool Look()
    {
        var reading = Read();
        if (reading.IsSame(seen))
            return false;
        seen = reading;
        try
        {
            Volatile.Write(ref value, Parse(reading));
            Problem = null;
        }
        catch (FileException e)
        {
            Problem = e.Message;
        }
        return true;
    }

    private Reading Read()
    {
        try
        {
            return new([.. files.Select(file => file.Read())], null);
        }
        catch (FileException e)
        {
            return new([], e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new([], $"{string.Join(" or ", files.Select(file => file.ToString()))} cannot be read");
        }
    }

    private T Parse(Reading reading)
    {
        try
        {
            return reading.Problem is null ? parse(reading.Contents) : throw new FileException(reading.Problem);
        }
        catch (Exception e) when (reading.Problem is null)
        {
            // No file content may end the service; only this service's own texts are known to reveal none of it.
            var why = e is FileException ? e.Message : e.GetType().Name;
            throw new FileException($"{string.Join(", ", files.Select(file => file.ToString()))} cannot be used: {why}");
        }
    }

    /// <summary>The files' contents, or why they cannot be read.</summary>
    private sealed record Reading(byte[][] Contents, string? Problem)
    {
        public bool IsSame(Reading? other) => other is not null && Problem == other.Problem
            && Contents.Length == other.Contents.Length && Contents.Zip(other.Contents).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
    }
}
