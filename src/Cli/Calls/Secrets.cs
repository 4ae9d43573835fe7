using GrpcCreds.Cli.Commands;
using Spectre.Console;

namespace GrpcCreds.Cli.Calls;

/// <summary>Takes secrets from a person without echo, or from standard input.</summary>
internal static class Secrets
{
    /// <summary>Asks on the terminal. Nothing that is typed is shown.</summary>
    /// <param name="invocation">The command.</param>
    /// <param name="question">What to type.</param>
    /// <param name="stdinOption">The option that reads it from standard input instead.</param>
    /// <param name="allowEmpty">Whether nothing may be typed.</param>
    public static async Task<string> AskAsync(Invocation invocation, string question, string stdinOption, bool allowEmpty)
    {
        if (!invocation.Terminal.CanAsk)
            throw new CommandFailedException(Exit.Usage, $"There is no terminal to ask on. Pipe it in with {stdinOption}.");
        var prompt = new TextPrompt<string>(Markup.Escape(question)) { IsSecret = true, Mask = null, AllowEmpty = allowEmpty };
        return await prompt.ShowAsync(invocation.Terminal.Error, invocation.CancellationToken);
    }

    /// <summary>Reads the lines of standard input; spaces count.</summary>
    /// <exception cref="CommandFailedException">There are fewer or more lines.</exception>
    public static async Task<string[]> ReadAsync(Invocation invocation, string option, int least, int most)
    {
        if (!Console.IsInputRedirected)
            throw new CommandFailedException(
                Exit.Usage, $"{option} reads a pipe or a file. On a terminal, leave it out and the secret is asked for without echo.");
        var text = await Console.In.ReadToEndAsync(invocation.CancellationToken);
        var lines = text.TrimEnd('\n', '\r').Split('\n').Select(line => line.TrimEnd('\r')).ToArray();
        if (lines.Length < least || lines.Length > most || lines[0].Length == 0)
            throw new CommandFailedException(
                Exit.Usage, $"{option} needs {(least == most ? $"{least}" : $"{least} to {most}")} lines; the first must not be empty.");
        return lines;
    }
}
