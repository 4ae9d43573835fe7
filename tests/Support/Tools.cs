using System.Diagnostics.CodeAnalysis;
using Xunit;

namespace GrpcCreds.Tests.Support;

/// <summary>
/// Programs that come neither with the SDK nor with this repository. A test that needs one where there is none is skipped and says so; in CI it fails,
/// unless CI says that it cannot be had there (<c>GRPCCREDS_WITHOUT</c>, names with a space between). With <c>GRPCCREDS_TOOL_TESTS</c> set, that file
/// gets the names of the tests that asked: they are run once more where no program is to be found.
/// </summary>
internal static class Tools
{
    private static readonly Lock Gate = new();

    /// <summary>The path of a program, for the test that runs now.</summary>
    public static string Need(string program)
    {
        NoteTest();
        return Find(program) ?? Lacks($"needs {program}, which is not on the PATH", CannotBeHad(program));
    }

    /// <summary>The path of a program, or null.</summary>
    public static string? Find(string program)
    {
        var file = !OperatingSystem.IsWindows() ? program : program is "npm" or "buf" ? $"{program}.cmd" : $"{program}.exe";
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return folders.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
    }

    /// <summary>Ends the test: it is skipped, in CI it fails.</summary>
    [DoesNotReturn]
    public static string Lacks(string reason, bool isKnown = false)
    {
        if (!isKnown && Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail($"In CI this test must run: {reason}");
        Assert.Skip(reason);
        throw new InvalidOperationException(reason);
    }

    private static bool CannotBeHad(string program) => (Environment.GetEnvironmentVariable("GRPCCREDS_WITHOUT") ?? "").Split(' ').Contains(program);

    public static void NoteTest()
    {
        if (Environment.GetEnvironmentVariable("GRPCCREDS_TOOL_TESTS") is not { Length: > 0 } file
            || TestContext.Current.TestCase?.TestCaseDisplayName is not { } name)
            return;
        lock (Gate)
            File.AppendAllText(file, $"{name}\n");
    }
}
