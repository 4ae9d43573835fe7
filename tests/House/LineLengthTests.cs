using Xunit;

namespace GrpcCreds.Tests.House;

/// <summary>A source line has at most as many characters as .editorconfig allows.</summary>
public sealed class LineLengthTests
{
    private const int Longest = 160;

    private static readonly string[] Extensions = [".cs", ".proto", ".csproj", ".props", ".sh", ".yml", ".yaml"];

    // Build output, installed packages, and dot-directories other than .ci and .github (.git among them).
    private static readonly string[] Skipped = ["bin", "obj", "node_modules"];

    [Fact]
    public void No_source_line_is_too_long()
    {
        var files = Sources(Repository.Root).ToList();
        Assert.Contains(Path.Combine(Repository.Root, ".ci", "run"), files);
        Assert.All([".cs", ".proto", ".csproj"], extension => Assert.Contains(files, file => file.EndsWith(extension, StringComparison.Ordinal)));

        var tooLong = files.SelectMany(file => File.ReadLines(file)
            .Select((line, index) => (line.Length, Place: $"{Path.GetRelativePath(Repository.Root, file)}:{index + 1}"))
            .Where(line => line.Length > Longest)
            .Select(line => $"{line.Place} has {line.Length} characters, allowed are {Longest}")).ToList();
        Assert.True(tooLong.Count == 0, string.Join('\n', tooLong));
    }

    private static IEnumerable<string> Sources(string directory) =>
        Directory.EnumerateFiles(directory)
            .Where(file => Extensions.Contains(Path.GetExtension(file)) || Path.GetRelativePath(Repository.Root, file) == Path.Combine(".ci", "run"))
            .Concat(Directory.EnumerateDirectories(directory).Where(IsOurs).SelectMany(Sources));

    private static bool IsOurs(string directory)
    {
        var name = Path.GetFileName(directory);
        return !Skipped.Contains(name) && (!name.StartsWith('.') || name is ".ci" or ".github");
    }
}
