using System.CommandLine;
using GrpcCreds.Cli.Connection;
using GrpcCreds.Cli.Output;

namespace GrpcCreds.Cli.Commands;

/// <summary>Servers and credentials by name.</summary>
internal static class ContextCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "The name of the context, as in prod.", HelpName = "NAME" };

    private static readonly Option<string?> TokenCommand = new("--token-command")
        { Description = "A command for the shell whose first line of output is the token or API key. It runs when a token is needed.", HelpName = "COMMAND" };

    private static readonly Option<string?> TokenFile = new("--token-file")
        { Description = "A file, readable by you only, whose first line is the token or API key.", HelpName = "FILE" };

    private static readonly Option<string?> Certificate = new("--certificate-file") { Description = "The client certificate, PEM.", HelpName = "FILE" };
    private static readonly Option<string?> Key = new("--key-file") { Description = "The private key of the client certificate, PEM.", HelpName = "FILE" };

    private static readonly Option<string?> Authorities = new("--authorities-file")
        { Description = "The authorities, PEM, that the server's certificate must come from. Default: those of the system.", HelpName = "FILE" };

    static ContextCommand() => Name.CompletionSources.Add(_ => ContextStore.Read().Contexts.Keys);

    public static CliCommand Create(Terminal terminal) => new(
        "context", "Keeps servers and credentials by name, in a file that only you can read. Tokens are not stored: a command or a file gives them.")
    {
        new CliCommand(
            "set",
            "Saves or changes a context. Only what is given changes; an empty value removes. The first context is the one in use.",
            "grpccreds context set local --address http://127.0.0.1:5080",
            "grpccreds context set prod --address https://creds.example.org:443 --token-command \"pass show grpccreds/prod\"",
            "grpccreds context set prod --certificate-file ann.pem --key-file ann.key --authorities-file ca.pem")
            { Name, TokenCommand, TokenFile, Certificate, Key, Authorities }
            .Runs(terminal, Set),
        new CliCommand("use", "Selects the context for the following commands.", "grpccreds context use prod") { Name }.Runs(terminal, Use),
        new CliCommand("list", "Lists the contexts; * marks the one in use.", "grpccreds context list") { }.Runs(terminal, List),
        new CliCommand("delete", "Removes a context.", "grpccreds context delete prod") { Name }.Runs(terminal, Delete),
    };

    private static Task<int> Set(Invocation invocation)
    {
        var name = invocation.Required(Name);
        var file = ContextStore.Read();
        var settings = file.Contexts.GetValueOrDefault(name) ?? new();
        settings = settings with
        {
            Address = Changed(settings.Address, invocation.Value(GlobalOptions.Address)),
            TokenCommand = Changed(settings.TokenCommand, invocation.Value(TokenCommand)),
            TokenFile = Changed(settings.TokenFile, FullPath(invocation.Value(TokenFile))),
            CertificateFile = Changed(settings.CertificateFile, FullPath(invocation.Value(Certificate))),
            KeyFile = Changed(settings.KeyFile, FullPath(invocation.Value(Key))),
            AuthoritiesFile = Changed(settings.AuthoritiesFile, FullPath(invocation.Value(Authorities))),
        };
        var problems = Problems(settings).ToList();
        if (problems.Count > 0)
            throw new CommandFailedException(Exit.Usage, $"The context was not saved.\n{string.Join('\n', problems)}");
        ContextStore.Write(file with
        {
            Current = file.Current ?? name,
            Contexts = new SortedDictionary<string, ContextSettings>(file.Contexts.ToDictionary()) { [name] = settings },
        });
        invocation.Terminal.Note($"Context {name} is saved in {ContextStore.Path}. Try it: grpccreds doctor --context {name}");
        return Task.FromResult(Exit.Done);
    }

    private static Task<int> Use(Invocation invocation)
    {
        var file = ContextStore.Read();
        ContextStore.Write(file with { Current = Known(file, invocation.Required(Name)) });
        return Task.FromResult(Exit.Done);
    }

    private static Task<int> Delete(Invocation invocation)
    {
        var file = ContextStore.Read();
        var name = Known(file, invocation.Required(Name));
        ContextStore.Write(file with
        {
            Current = file.Current == name ? null : file.Current,
            Contexts = file.Contexts.Where(context => context.Key != name).ToDictionary(),
        });
        return Task.FromResult(Exit.Done);
    }

    private static Task<int> List(Invocation invocation)
    {
        var file = ContextStore.Read();
        if (invocation.Output != OutputFormat.Table)
        {
            invocation.Terminal.Line(ProtoText.WriteJson(System.Text.Json.JsonSerializer.SerializeToElement(file), invocation.Output));
            return Task.FromResult(Exit.Done);
        }
        var table = Tables.Of("", "NAME", "ADDRESS", "CALLER");
        foreach (var (name, settings) in file.Contexts)
            table.Row(name == file.Current ? "*" : "", name, settings.Address ?? Target.DefaultAddress, Caller(settings));
        invocation.Terminal.Out.Write(table);
        return Task.FromResult(Exit.Done);
    }

    private static string Caller(ContextSettings settings) => settings switch
    {
        { TokenCommand: not null } => "token of a command",
        { TokenFile: not null } => "token of a file",
        { CertificateFile: not null } => "certificate",
        _ => "none",
    };

    private static IEnumerable<string> Problems(ContextSettings settings)
    {
        if (settings.Address is { } address && Target.Problem(address) is { } problem)
            yield return $"--address {problem}";
        if (settings is { TokenCommand: not null, TokenFile: not null })
            yield return "--token-command and --token-file exclude each other; remove one with an empty value";
        if (settings is { KeyFile: not null, CertificateFile: null })
            yield return "--key-file needs --certificate-file";
        foreach (var (option, file) in new[] { ("--token-file", settings.TokenFile), ("--certificate-file", settings.CertificateFile),
            ("--key-file", settings.KeyFile), ("--authorities-file", settings.AuthoritiesFile) })
            if (file is not null && !File.Exists(file))
                yield return $"{option}: there is no such file";
    }

    private static string Known(ContextsFile file, string name) => file.Contexts.ContainsKey(name)
        ? name
        : throw new CommandFailedException(Exit.Usage, "There is no context of that name. grpccreds context list shows those there are.");

    /// <summary>Kept if nothing was typed, removed by an empty value.</summary>
    private static string? Changed(string? saved, string? typed) => typed switch { null => saved, "" => null, _ => typed };

    private static string? FullPath(string? path) => string.IsNullOrEmpty(path) ? path : Path.GetFullPath(path);
}
