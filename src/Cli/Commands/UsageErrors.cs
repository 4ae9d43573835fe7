using System.CommandLine;
using System.CommandLine.Parsing;
using GrpcCreds.Cli.Output;

namespace GrpcCreds.Cli.Commands;

/// <summary>Says what is wrong with a command line. Never shows a value that was typed: it may be a secret in the wrong place.</summary>
internal static class UsageErrors
{
    private static readonly HashSet<string> SecretOptions = new(StringComparer.OrdinalIgnoreCase)
        { "--password", "--security-token", "--token", "--secret", "--consumer-secret", "--api-key", "--client-secret" };

    public static int Print(ParseResult parsed, Terminal terminal)
    {
        var command = parsed.CommandResult.Command;
        var path = string.Join(' ', Path(command));
        terminal.Problem(Problems(parsed, command, path).Distinct());
        terminal.Note($"\nHelp: {path} --help");
        return Exit.Usage;
    }

    private static IEnumerable<string> Problems(ParseResult parsed, Command command, string path)
    {
        var unknown = parsed.UnmatchedTokens.Where(token => token.StartsWith('-')).Select(token => token.Split('=', ':')[0]).ToList();
        var secret = unknown.FirstOrDefault(SecretOptions.Contains);
        if (secret is not null)
            yield return $"{secret} is not an option: a secret on a command line is seen by every process of the machine and kept in the history. "
                + "Leave it out and it is asked for; or pipe it, with --password-stdin, --secret-stdin, or token_command of a context.";
        foreach (var option in unknown.Where(option => !SecretOptions.Contains(option)))
            yield return option.Length <= 40 ? $"There is no option {option}." : "There is no such option.";
        if (unknown.Count == 0 && parsed.UnmatchedTokens.Count > 0)
            yield return command.Subcommands.Count > 0 && command.Arguments.Count == 0
                ? $"{path} has no such command. There are: {string.Join(", ", command.Subcommands.Where(sub => !sub.Hidden).Select(sub => sub.Name))}."
                : $"{path} takes fewer arguments.";
        if (parsed.UnmatchedTokens.Count > 0 && command.Subcommands.Count > 0)
            yield break;
        foreach (var error in parsed.Errors)
            if (Text(error, path) is { } text)
                yield return text;
    }

    /// <summary>The library's texts name the typed value; these do not.</summary>
    private static string? Text(ParseError error, string path) => error switch
    {
        _ when error.Message.StartsWith("Unrecognized", StringComparison.Ordinal) => null,
        { SymbolResult: ArgumentResult { Argument: var argument } } when IsOwn(error) => error.Message,
        { SymbolResult: ArgumentResult { Argument: var argument, Parent: OptionResult option } } =>
            $"{option.Option.Name} needs {option.Option.HelpName ?? argument.Name}.",
        { SymbolResult: ArgumentResult { Argument: var argument } } => $"{path} needs {argument.Name}: {argument.Description}",
        { SymbolResult: OptionResult option } => IsOwn(error) ? error.Message : $"{option.Option.Name} needs {option.Option.HelpName ?? "a value"}.",
        { SymbolResult: CommandResult { Command: var command } }
            when command.Arguments.FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > 0) is { } missing =>
            $"{path} needs {missing.Name}: {missing.Description}",
        _ when IsOwn(error) => error.Message,
        _ => $"{path} needs a command. There are: {string.Join(", ", Subcommands(error))}.",
    };

    private static IEnumerable<string> Subcommands(ParseError error) =>
        ((error.SymbolResult as CommandResult)?.Command.Subcommands ?? []).Where(sub => !sub.Hidden).Select(sub => sub.Name);

    /// <summary>Texts of this program begin with the name of what is wrong and quote nothing.</summary>
    private static bool IsOwn(ParseError error) => error.Message.Contains(" must be ", StringComparison.Ordinal) && !error.Message.Contains('\'');

    private static IEnumerable<string> Path(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? [.. Path(parent), command.Name] : ["grpccreds"];
}
