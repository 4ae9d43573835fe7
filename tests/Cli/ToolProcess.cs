using System.Diagnostics;
using System.Text;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Cli;

/// <summary>A running command: what it prints can be read, and it can be typed to. On a terminal, both outputs are one.</summary>
internal sealed class ToolProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly StringBuilder error = new();
    private readonly Task reading;

    private ToolProcess(ProcessStartInfo start)
    {
        (start.RedirectStandardInput, start.RedirectStandardOutput, start.RedirectStandardError) = (true, true, true);
        start.StandardInputEncoding = new UTF8Encoding(false);
        (start.StandardOutputEncoding, start.StandardErrorEncoding) = (Encoding.UTF8, Encoding.UTF8);
        process = Process.Start(start)!;
        reading = Task.WhenAll(ReadAsync(process.StandardOutput, output), ReadAsync(process.StandardError, error));
    }

    public int Id => process.Id;

    public string Output => Text(output);

    public string Error => Text(error);

    public static ToolProcess Start(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = Signals.Unignored(file, arguments);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        start.Environment.Remove("NO_COLOR");
        if (environment.TryGetValue("NO_COLOR", out var noColor))
            start.Environment["NO_COLOR"] = noColor;
        return new(start);
    }

    public async Task TypeAsync(string text)
    {
        await process.StandardInput.WriteAsync(text);
        await process.StandardInput.FlushAsync();
    }

    public void EndInput() => process.StandardInput.Close();

    /// <summary>Waits until this was printed, on either output.</summary>
    public async Task SeeAsync(string text)
    {
        await Waiting.UntilAsync(() => Holds(text) || process.HasExited, $"'{text}' is printed, after:\n{Output}\n{Error}");
        if (process.HasExited)
            await reading;
        Assert.True(Holds(text), $"it ended without '{text}':\n{Output}\n{Error}");
    }

    public async Task<ToolResult> EndAsync()
    {
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Waiting.Long + Waiting.Long, TestContext.Current.CancellationToken);
        await reading;
        return new(process.ExitCode, Output, Error);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
        process.Dispose();
    }

    private bool Holds(string text) => Output.Contains(text, StringComparison.Ordinal) || Error.Contains(text, StringComparison.Ordinal);

    private static async Task ReadAsync(StreamReader reader, StringBuilder into)
    {
        var buffer = new char[4096];
        while (await reader.ReadAsync(buffer) is > 0 and var count)
            lock (into)
                into.Append(buffer, 0, count);
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }
}
