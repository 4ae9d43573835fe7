using System.Diagnostics;

namespace GrpcCreds.Cli.Connection;

/// <summary>Obtains the token or API key of the caller, from a command or a file, and keeps it in memory only.</summary>
internal sealed class Tokens(ContextSettings settings) : IDisposable
{
    /// <summary>A stream that lasts asks again, because a token ends.</summary>
    private static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim one = new(1);
    private string? token;
    private long obtained;

    public bool AreNeeded => (settings.TokenCommand ?? settings.TokenFile) is not null;

    /// <summary>The token or API key; only if one is needed.</summary>
    /// <param name="fresh">true: do not use the token that is held.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="CommandFailedException">The command or file gives no token.</exception>
    public async ValueTask<string> GetAsync(bool fresh, CancellationToken cancellationToken)
    {
        await one.WaitAsync(cancellationToken);
        try
        {
            if (fresh || token is null || Stopwatch.GetElapsedTime(obtained) > KeptFor)
            {
                token = settings.TokenCommand is { } command ? await RunAsync(command, cancellationToken) : Read(settings.TokenFile!);
                obtained = Stopwatch.GetTimestamp();
            }
            return token;
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();

    private static async Task<string> RunAsync(string command, CancellationToken cancellationToken)
    {
        var start = OperatingSystem.IsWindows() ? new ProcessStartInfo("cmd.exe", ["/c", command]) : new ProcessStartInfo("/bin/sh", ["-c", command]);
        start.RedirectStandardOutput = true;
        using var process = Process.Start(start) ?? throw new CommandFailedException(Exit.NotAllowed, "token_command cannot be started.");
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0
                ? FirstLine(output, "token_command")
                : throw new CommandFailedException(
                    Exit.NotAllowed, $"token_command ended with exit code {process.ExitCode}; it must print the token and end with 0.");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    private static string Read(string file)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite)) != 0)
                throw new CommandFailedException(Exit.Usage, $"token_file {file} must be readable by you only: chmod 600 {file}");
            return FirstLine(File.ReadAllText(file), "token_file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(Exit.Usage, $"token_file cannot be read: {e.Message}");
        }
    }

    private static string FirstLine(string text, string origin)
    {
        var line = text.Split('\n', 2)[0].Trim();
        return line.Length > 0 && line.All(c => c is > ' ' and < '\u007f')
            ? line
            : throw new CommandFailedException(
                Exit.NotAllowed, $"The first line from {origin} is not a token: it is empty, or has spaces or special characters.");
    }
}
