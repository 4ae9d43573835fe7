using System.Text.RegularExpressions;
using GrpcCreds.Tests.Support;

namespace GrpcCreds.Tests.Cli;

/// <summary>Runs a command on a pseudo-terminal of a given size, made by script of util-linux.</summary>
internal static partial class PseudoTerminal
{
    public static async Task<ToolProcess> StartAsync(int width, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        if (!OperatingSystem.IsLinux())
            Tools.Lacks("needs a pseudo-terminal made by script of util-linux", isKnown: true);
        var script = Tools.Need("script");
        var command = string.Join(' ', arguments.Prepend(await Tool.PathAsync()).Select(Quote));
        return ToolProcess.Start(script, ["-qefc", $"stty cols {width} rows 40; exec {command}", "/dev/null"], environment);
    }

    /// <summary>The text without the codes for colours and movement. Of a line that was written several times, the last text.</summary>
    public static string Plain(string text) =>
        string.Join('\n', Codes().Replace(text, "").Split('\n').Select(line => line.TrimEnd('\r').Split('\r')[^1]));

    private static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"\x1b(\[[0-9;?]*[A-Za-z]|[=>])")]
    private static partial Regex Codes();
}
