using System.CommandLine;
using GrpcCreds.Cli.Output;

namespace GrpcCreds.Cli.Commands;

/// <summary>Options of every command.</summary>
internal static class GlobalOptions
{
    public static readonly Option<string?> Context = new("--context")
    {
        Description = "The server and credentials to use, by the name given with context set. Else GRPCCREDS_CONTEXT, else the context in use.",
        HelpName = "NAME",
        Recursive = true,
    };

    public static readonly Option<string?> Address = new("--address")
    {
        Description = "The address of the service: https://host:port, or http://host:port for local use. Else GRPCCREDS_ADDRESS, else the context's.",
        HelpName = "URL",
        Recursive = true,
    };

    public static readonly Option<OutputFormat?> Output = new("--output", "-o")
    {
        Description = "How results are written: table, json or yaml. Default: table; a stream that is piped: json, one line each.",
        HelpName = "table|json|yaml",
        Recursive = true,
        CustomParser = result => Enum.TryParse<OutputFormat>(result.Tokens.Single().Value, ignoreCase: true, out var format) && Enum.IsDefined(format)
            ? format
            : Wrong(result),
    };

    public static readonly Option<bool> Verbose = new("--verbose", "-v")
    {
        Description = "Shows each call with its status and duration on standard error.",
        Recursive = true,
    };

    static GlobalOptions() => Output.CompletionSources.Add("table", "json", "yaml");

    private static OutputFormat? Wrong(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError("--output must be table, json or yaml.");
        return null;
    }
}
