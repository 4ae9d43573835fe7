using System.CommandLine;
using System.Text;
using GrpcCreds.Cli.Output;

namespace GrpcCreds.Cli.Commands;

/// <summary>Writes docs/cli.md from the commands themselves. Hidden.</summary>
internal static class DocsCommand
{
    private const string Introduction = """
        # The command line

        `grpccreds` administers the credentials of tenants and shows which nodes use them. It is a .NET tool that calls the service's contract; nothing that it
        does needs more rights than the same call by grpcurl.

        <!-- This page is written by the tool itself: grpccreds docs. Change the commands, not the page. -->

        ```sh
        dotnet tool install --global GrpcCreds.Cli
        grpccreds context set prod --address https://creds.example.org --token-command "pass show grpccreds/prod"
        grpccreds doctor
        grpccreds status acme
        ```

        ## Server and credentials

        A context names a server and how to identify to it. Contexts are kept in `grpccreds/contexts.json` in the user's configuration directory, mode 0600.
        Tokens and API keys are never stored: `token_command` prints one, or `token_file` contains one. An option counts before a variable, a variable before
        the context. Without any, the address is `http://127.0.0.1:5080`.

        | Variable | Instead of |
        |---|---|
        | `GRPCCREDS_CONTEXT` | `--context` |
        | `GRPCCREDS_ADDRESS` | `--address` |
        | `GRPCCREDS_TOKEN_COMMAND`, `GRPCCREDS_TOKEN_FILE` | the context's |
        | `GRPCCREDS_CERTIFICATE_FILE`, `GRPCCREDS_KEY_FILE`, `GRPCCREDS_AUTHORITIES_FILE` | the context's |
        | `GRPCCREDS_CONFIG` | the path of the contexts file |
        | `NO_COLOR` | set to anything: no colours |

        ## Secrets

        Passwords, security tokens and consumer secrets are asked for without echo, or read from standard input. They are no arguments and no variables. No
        output, `--verbose` included, contains a secret, except the link of `oauth setup`, `watch --reveal` on a terminal, and the environment of the command
        that `exec` runs.

        ## Output

        Results go to standard output, progress, prompts and problems to standard error. `--output json` and `yaml` write the contract's messages with the field
        names of its JSON. A command that streams writes JSON lines when it is piped. Colours are only used on a terminal.

        ## When no answer comes

        A write that is not answered is sent again with the same request id, up to five times; the service applies it at most once. If it stays unanswered,
        or after Ctrl+C, the command says that it is not known whether the write was applied, and how to find out.

        ## Exit codes

        | Code | Meaning |
        |---|---|
        | 0 | done |
        | 1 | the command line or the configuration is wrong, or the user said no; nothing was sent |
        | 2 | the service refused the call; every wrong field is named |
        | 3 | the service does not know the caller, or the caller may not do this |
        | 4 | the service cannot be reached, or does not answer |
        | 5 | the answer is no: a test failed, not all nodes have moved, the audit's chain is not intact, or doctor found a fault |
        | 130 | interrupted |

        `exec` ends with the exit code of its command; 127 if it cannot be started.

        """;

    public static Command Create(Terminal terminal)
    {
        var command = new Command("docs", "Writes docs/cli.md.") { Hidden = true };
        command.SetAction(parsed => terminal.Line(Page(parsed.RootCommandResult.Command).TrimEnd()));
        return command;
    }

    private static string Page(Command root)
    {
        var page = new StringBuilder(Introduction);
        page.Append("\n## Options of every command\n\n");
        Options(page, root.Options.Where(option => option is not VersionOption));
        page.Append("\n## Commands\n\n| Command | Does |\n|---|---|\n");
        foreach (var command in Leaves(root))
            page.Append($"| [`{Path(command)}`](#{Path(command).Replace(' ', '-')}) | {Cell(command.Description!)} |\n");
        foreach (var command in Leaves(root))
            Section(page, command);
        return page.ToString();
    }

    private static void Section(StringBuilder page, CliCommand command)
    {
        page.Append($"\n### {Path(command)}\n\n{Wrapped(command.Text)}\n\n```sh\n{string.Join('\n', command.Examples)}\n```\n\n");
        var options = command.Options.Where(option => !option.Hidden).ToList();
        if (command.Arguments.Count + options.Count == 0)
            return;
        page.Append("| | |\n|---|---|\n");
        foreach (var argument in command.Arguments)
            page.Append($"| `{argument.Name}` | {Cell(argument.Description!)}{(argument.Arity.MinimumNumberOfValues == 0 ? " May be left out." : "")} |\n");
        foreach (var option in options)
            Row(page, option);
    }

    private static void Options(StringBuilder page, IEnumerable<Option> options)
    {
        page.Append("| | |\n|---|---|\n");
        foreach (var option in options)
            Row(page, option);
    }

    private static void Row(StringBuilder page, Option option)
    {
        var names = option.Aliases.Where(alias => alias.StartsWith('-')).Prepend(option.Name);
        var value = option.HelpName is { } name ? $" {name}" : "";
        page.Append($"| `{Cell(string.Join(", ", names) + value)}` | {Cell(option.Description ?? "")} |\n");
    }

    private static IEnumerable<CliCommand> Leaves(Command command) =>
        command.Subcommands.OfType<CliCommand>().SelectMany(sub => sub.Subcommands.Count > 0 ? Leaves(sub) : [sub]);

    private static string Path(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault(parent => parent is not RootCommand) is { } parent ? $"{Path(parent)} {command.Name}" : command.Name;

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    /// <summary>Lines of at most 150 characters.</summary>
    private static string Wrapped(string text)
    {
        var lines = new List<string> { "" };
        foreach (var word in text.Split(' '))
        {
            if (lines[^1].Length + word.Length >= 150)
                lines.Add(word);
            else
                lines[^1] += lines[^1].Length == 0 ? word : $" {word}";
        }
        return string.Join('\n', lines);
    }
}
