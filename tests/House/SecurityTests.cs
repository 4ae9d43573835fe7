using System.Text.RegularExpressions;
using Xunit;

namespace GrpcCreds.Tests.House;

/// <summary>SECURITY.md names a test for each promise, and only tests that exist.</summary>
public sealed partial class SecurityTests
{
    private static string Text => File.ReadAllText(Path.Combine(Repository.Root, "SECURITY.md"));

    [Fact]
    public void Every_promise_names_a_test() => Assert.All(
        Enumerable.Range(1, 15), number => Assert.Matches($@"(?m)^\| P{number} \|.*`tests/\w", Text));

    [Fact]
    public void Every_test_that_is_named_is_there()
    {
        var named = TestFile().Matches(Text).Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.NotEmpty(named);
        Assert.DoesNotContain(named, name => !File.Exists(Path.Combine(Repository.Root, name + ".cs")));
    }

    [GeneratedRegex("`(tests/[A-Za-z/]+Tests)`")]
    private static partial Regex TestFile();
}
