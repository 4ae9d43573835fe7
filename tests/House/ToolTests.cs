using System.Text.RegularExpressions;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.House;

/// <summary>
/// A machine with the SDK alone runs the tests: what needs another program asks <see cref="Tools"/> for it, which skips it where
/// there is none.
/// </summary>
public sealed partial class ToolTests
{
    [Fact]
    public void No_test_starts_a_program_without_asking_for_it()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
                && !file.Contains($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal));
        var found = tests.SelectMany(file => ByName().Matches(File.ReadAllText(file)).Select(match => $"{Path.GetFileName(file)}: {match.Value}"));
        Assert.Empty(found);
    }

    [Fact]
    public void A_program_that_is_not_there_is_said_by_its_name()
    {
        Assert.Null(Tools.Find("no-such-program"));
        Assert.NotNull(Tools.Find("dotnet"));
    }

    // A name or path in quotes, as in Process.Start; dotnet runs the tests and is there.
    [GeneratedRegex("""(?:(?<![A-Za-z])Process\.Start|ProcessStartInfo)\(\s*"(?!dotnet")[^"]*"|FileName\s*=\s*"(?!dotnet")[^"]*""")]
    private static partial Regex ByName();
}
