using System.Text.RegularExpressions;
using Xunit;

namespace GrpcCreds.Tests.House;

/// <summary>The README is short, every page can be read in an editor, and no link between pages is dead.</summary>
public sealed partial class DocsTests
{
    private const int MaxLinesOfReadme = 120;
    private const int MaxLengthOfLine = 160;

    private static IEnumerable<string> Pages =>
    [
        Path.Combine(Repository.Root, "README.md"), Path.Combine(Repository.Root, "SECURITY.md"),
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal),
    ];

    [Fact]
    public void The_README_is_short() => Assert.InRange(File.ReadAllLines(Pages.First()).Length, 1, MaxLinesOfReadme);

    [Fact]
    public void Lines_of_prose_are_short() => Assert.Empty(
        from page in Pages
        from line in Prose(page)
        where line.Text.Length > MaxLengthOfLine && !line.Text.StartsWith('|')
        select $"{Name(page)}:{line.Number} has {line.Text.Length} characters");

    [Fact]
    public void Every_link_leads_to_a_file_and_a_heading() => Assert.Empty(
        from page in Pages
        from line in Prose(page)
        from Match link in Link().Matches(CodeSpan().Replace(line.Text, ""))
        let target = link.Groups["target"].Value
        where !target.Contains("://", StringComparison.Ordinal) && !LeadsSomewhere(page, target)
        select $"{Name(page)}:{line.Number} {target}");

    [Theory]
    [InlineData("What each state means", "what-each-state-means")]
    [InlineData("`deliver_login`: don't, unless you must", "deliver_login-dont-unless-you-must")]
    public void An_anchor_is_what_GitHub_makes_of_a_heading(string heading, string anchor) => Assert.Equal(anchor, Anchor(heading));

    private static bool LeadsSomewhere(string page, string target)
    {
        var parts = target.Split('#', 2);
        var file = parts[0].Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, parts[0]));
        return parts.Length == 1
            ? Path.Exists(file)
            : File.Exists(file) && Prose(file).Select(line => Heading().Match(line.Text))
            .Any(heading => heading.Success && Anchor(heading.Groups["text"].Value) == parts[1]);
    }

    private static string Anchor(string heading) =>
        new([.. heading.ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_').Select(c => c == ' ' ? '-' : c)]);

    /// <summary>The lines outside fences of code.</summary>
    private static IEnumerable<(int Number, string Text)> Prose(string page)
    {
        var isCode = false;
        foreach (var (index, line) in File.ReadLines(page).Index())
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
                isCode = !isCode;
            else if (!isCode)
                yield return (index + 1, line);
        }
    }

    private static string Name(string page) => Path.GetRelativePath(Repository.Root, page);

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`[^`]*`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex("^#+ (?<text>.+)$")]
    private static partial Regex Heading();
}
