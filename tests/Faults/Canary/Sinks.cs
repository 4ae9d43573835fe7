using System.Collections.Concurrent;
using System.Text;

namespace GrpcCreds.Tests.Faults.Canary;

/// <summary>Everything in which no secret may be, by kind: <c>log</c>, <c>answer</c>, <c>redis</c>, …</summary>
internal sealed class Sinks
{
    private readonly ConcurrentQueue<(string Name, byte[] Bytes)> all = new();

    public IReadOnlyCollection<(string Name, byte[] Bytes)> All => all;

    public void Add(string name, byte[] bytes) => all.Enqueue((name, bytes));

    public void Add(string name, string text) => Add(name, Encoding.UTF8.GetBytes(text));

    /// <summary>The files below a directory, and what everything there is called.</summary>
    public void AddFiles(string name, string directory)
    {
        Add($"{name}: names", string.Join('\n', Directory.GetFileSystemEntries(directory, "*", SearchOption.AllDirectories)));
        foreach (var file in Directory.GetFiles(directory, "*", SearchOption.AllDirectories))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            Add($"{name}: {Path.GetRelativePath(directory, file)}", bytes.ToArray());
        }
    }

    /// <summary>The number of bytes of a kind that will be searched.</summary>
    public long Size(string name) => all.Where(sink => sink.Name.StartsWith(name, StringComparison.Ordinal)).Sum(sink => (long)sink.Bytes.Length);
}
