using System.Text;
using Microsoft.Win32.SafeHandles;
using Spectre.Console;

namespace GrpcCreds.Cli.Output;

/// <summary>
/// Standard output for results, standard error for progress, prompts and problems. Colours and moving displays only on a terminal; NO_COLOR takes the
/// colours away.
/// </summary>
internal sealed class Terminal
{
    /// <summary>The width of what is not a terminal: lines are not wrapped there.</summary>
    private const int Unlimited = 1000;

    /// <summary>EPIPE.</summary>
    private const int BrokenPipe = 32;

    public Terminal()
    {
        Out = Create(StandardOutput(), !Console.IsOutputRedirected);
        Error = Create(Console.Error, !Console.IsErrorRedirected);
    }

    public IAnsiConsole Out { get; }

    public IAnsiConsole Error { get; }

    public bool OutIsTerminal { get; } = !Console.IsOutputRedirected;

    public bool ErrorIsTerminal { get; } = !Console.IsErrorRedirected;

    /// <summary>Whether a person can be asked.</summary>
    public bool CanAsk => !Console.IsInputRedirected && ErrorIsTerminal;

    /// <summary>Writes text to standard output as it is.</summary>
    public void Line(string text = "") => Out.Profile.Out.Writer.WriteLine(text);

    /// <summary>Writes a remark to standard error.</summary>
    public void Note(string text) => Error.Write(new Text($"{text}\n"));

    /// <summary>Writes what is wrong to standard error.</summary>
    public void Problem(params IEnumerable<string> lines)
    {
        var style = new Style(Color.Red);
        foreach (var (index, line) in lines.Index())
            Error.Write(index == 0 ? new Text($"Error: {line}\n", style) : new Text($"  {line}\n"));
    }

    /// <summary>Whether a write failed because the reader of the pipe, such as head, has gone.</summary>
    public static bool IsBrokenPipe(IOException e) => e.HResult == BrokenPipe;

    /// <summary>The platform ignores that the reader of a pipe has gone, and a stream would never end. A file keeps its own position.</summary>
    private static TextWriter StandardOutput()
    {
        if (!Console.IsOutputRedirected || OperatingSystem.IsWindows())
            return Console.Out;
        var stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.Out : new StreamWriter(stream, new UTF8Encoding(false)) { AutoFlush = true };
    }

    private static IAnsiConsole Create(TextWriter writer, bool isTerminal)
    {
        var noColor = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal && !noColor ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = Console.IsInputRedirected || !isTerminal ? InteractionSupport.No : InteractionSupport.Yes,
            Enrichment = new() { UseDefaultEnrichers = false },
        });
        if (!isTerminal)
            console.Profile.Width = Unlimited;
        return console;
    }
}
