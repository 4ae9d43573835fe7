using System.Text.RegularExpressions;
using Xunit;

namespace GrpcCreds.Tests.House;

/// <summary>Background work is supervised: an unexpected exception must not end it silently.</summary>
public sealed partial class BackgroundTests
{
    /// <summary>Started without supervision, each for the stated reason.</summary>
    private static readonly string[] Left =
    [
        // Only rings, after a delay.
        "ActiveStream.cs: RingAsync",
        // Cancels; the registered callbacks only set flags.
        "NodeStream.cs: replaced.CancelAsync",
        // Turns every failure into its own exception and asks again.
        "IssuerKeys.cs: AskAsync",
        // Closes a connection once the attempt to use it has ended, which turns every failure into a value.
        "Witnesses.cs: CloseAsync",
        // Only takes the task off a list; the task is supervised.
        "NodeRegistry.cs: ForgetAsync",
    ];

    private static string Server => Path.Combine(Repository.Root, "src", "Server");

    [Fact]
    public void Every_worker_repeats_its_rounds_under_supervision()
    {
        var workers = Files().Where(file => Worker().IsMatch(file.Text)).ToList();
        Assert.True(workers.Count >= 9);
        Assert.Empty(workers.Where(file => !file.Text.Contains("work.RepeatAsync(", StringComparison.Ordinal)
            && !file.Text.Contains("work.EveryAsync(", StringComparison.Ordinal)).Select(file => file.Name));
        Assert.Empty(Files().Where(file => file.Name != "BackgroundWork.cs" && file.Text.Contains("new PeriodicTimer(", StringComparison.Ordinal))
            .Select(file => file.Name));
    }

    [Fact]
    public void What_is_started_and_left_alone_is_supervised()
    {
        var found = Files().SelectMany(file => Discard().Matches(file.Text).Select(match => $"{file.Name}: {match.Groups[1].Value}({match.Groups[2].Value}"))
            .Where(start => !Supervised().IsMatch(start)).Select(start => start[..start.IndexOf('(', StringComparison.Ordinal)]);
        Assert.Equal(Left.Order(StringComparer.Ordinal), found.Distinct().Order(StringComparer.Ordinal));
        Assert.DoesNotContain(Files(),
            file => file.Text.Contains("async void", StringComparison.Ordinal) || file.Text.Contains(".ContinueWith(", StringComparison.Ordinal));
    }

    private static IEnumerable<(string Name, string Text)> Files() =>
        Directory.EnumerateFiles(Server, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Select(file => (Path.GetFileName(file), File.ReadAllText(file)));

    [GeneratedRegex(@"class \w+[^{]*:\s*BackgroundService\b")]
    private static partial Regex Worker();

    [GeneratedRegex(@"(?<!\w)_ = (\w+(?:\.\w+)*)\((.*)")]
    private static partial Regex Discard();

    [GeneratedRegex(@": (work|background|inFlight)\.|: Task\.Run\(\(\) => work\.")]
    private static partial Regex Supervised();
}
