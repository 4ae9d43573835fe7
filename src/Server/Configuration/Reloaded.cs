namespace GrpcCreds.Server.Configuration;

/// <summary>
/// A value made of files. When they change to something that cannot be used, the last good value stays: a slip of an editor must not lock
/// everybody out.
/// </summary>
/// <remarks><see cref="Value"/> is one reference to an immutable object. Only one thread looks.</remarks>
internal sealed class Reloaded<T> : IReloaded
    where T : class
{
    private readonly WatchedFile[] files;
    private readonly Func<byte[][], T> parse;
    private Reading? seen;
    private T value;

    /// <param name="name">Which, in logs and metrics.</param>
    /// <param name="files">Of which.</param>
    /// <param name="parse">Makes the value of the files' contents.</param>
    /// <exception cref="FileException">There is no good value to begin with.</exception>
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
            // Whatever a file holds must not end the service; only our own texts are known to show nothing of it.
            var why = e is FileException ? e.Message : e.GetType().Name;
            throw new FileException($"{string.Join(", ", files.Select(file => file.ToString()))} cannot be used: {why}");
        }
    }

    /// <summary>What the files held, or why they cannot be read.</summary>
    private sealed record Reading(byte[][] Contents, string? Problem)
    {
        public bool IsSame(Reading? other) => other is not null && Problem == other.Problem
            && Contents.Length == other.Contents.Length && Contents.Zip(other.Contents).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second));
    }
}
