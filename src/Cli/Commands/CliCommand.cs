using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using GrpcCreds.Cli.Output;

namespace GrpcCreds.Cli.Commands;

/// <summary>A command with examples, which its help and docs/cli.md show.</summary>
internal sealed class CliCommand(string name, string description, params string[] examples) : Command(name, FirstSentence(description))
{
    /// <summary>What the command does, completely; a list of commands shows the first sentence.</summary>
    public string Text { get; } = description;

    public IReadOnlyList<string> Examples { get; } = examples;

    /// <summary>What the command does; the result is its exit code.</summary>
    public CliCommand Runs(Terminal terminal, Func<Invocation, Task<int>> run)
    {
        SetAction(async (parse, cancellationToken) =>
        {
            using var invocation = new Invocation(parse, terminal, cancellationToken);
            return await run(invocation);
        });
        return this;
    }

    private static string FirstSentence(string text) => text.IndexOf(". ", StringComparison.Ordinal) is >= 0 and var end ? text[..(end + 1)] : text;
}

/// <summary>The library's help, and then the command's examples.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is CliCommand { Examples: { Count: > 0 } examples } command)
        {
            var output = parseResult.InvocationConfiguration.Output;
            if (command.Text.Length > command.Description!.Length)
                output.WriteLine($"{command.Text[command.Description.Length..].Trim()}\n");
            output.WriteLine("Examples:");
            foreach (var example in examples)
                output.WriteLine($"  {example}");
            output.WriteLine();
        }
        return Exit.Done;
    }
}
