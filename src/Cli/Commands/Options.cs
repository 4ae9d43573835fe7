using System.CommandLine;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;

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

/// <summary>Options of every write.</summary>
internal static class SharedOptions
{
    public static readonly Option<string?> Etag = new("--etag")
    {
        Description = "Write only if the tenant's etag is still this one (see status -o json).",
        HelpName = "ETAG",
    };

    public static readonly Option<string?> RequestId = new("--request-id")
    {
        Description = "A UUID. The same write sent again with it is applied at most once. Default: a new one.",
        HelpName = "UUID",
    };

    public static readonly Option<string?> Reason = new("--reason")
    {
        Description = "Why, for the audit: up to 200 characters, no secret.",
        HelpName = "TEXT",
    };

    public static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Do not ask." };

    public static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say what would happen." };

    public static readonly Option<bool> NoWait = new("--no-wait") { Description = "Do not wait until all nodes have the new revision." };

    public static readonly Option<bool> Staged = new("--staged") { Description = "Save only. grpccreds use tests it later and puts it in force." };

    public static readonly Option<bool?> Sandbox = new("--sandbox")
    {
        Description = "The org is a sandbox; --sandbox false: production. Default: as saved, else production.",
        HelpName = "true|false",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static readonly Option<string?> MyDomain = new("--my-domain")
    {
        Description = "The org's My Domain host, as in acme.my.salesforce.com. An empty value restores the generic host.",
        HelpName = "HOST",
    };

    public static readonly Option<string?> OrgId = new("--org-id")
        { Description = "The Salesforce org: 15 or 18 characters that begin with 00D.", HelpName = "ID" };

    public static readonly Option<string?> ConsumerKey = new("--consumer-key") { Description = "The consumer key of the app.", HelpName = "KEY" };

    public static void AddTo(Command command)
    {
        command.Add(Etag);
        command.Add(RequestId);
        command.Add(Reason);
    }
}

/// <summary>Tenants and modes as arguments.</summary>
internal static class TenantArguments
{
    /// <summary>The modes that have a credential, by their names on the command line.</summary>
    public static readonly IReadOnlyDictionary<string, Mode> Modes =
        new[] { V1.Mode.Password, V1.Mode.Oauth, V1.Mode.ClientCredentials, V1.Mode.JwtBearer }.ToDictionary(Names.Argument);

    public static Argument<string> Tenant { get; } = Completed(new Argument<string>("TENANT") { Description = "The tenant, as in acme.", HelpName = "TENANT" });

    public static Argument<string?> OptionalTenant { get; } = Completed(
        new Argument<string?>("TENANT") { Description = "The tenant, as in acme.", HelpName = "TENANT", Arity = ArgumentArity.ZeroOrOne });

    public static Argument<string[]> Tenants { get; } = Completed(
        new Argument<string[]>("TENANT") { Description = "The tenants, 1 to 1,000.", HelpName = "TENANT", Arity = ArgumentArity.OneOrMore });

    private static readonly Argument<string> ModeName = OfMode(new Argument<string>("MODE") { Description = $"The mode: {ModeNames}." });

    private static readonly Argument<string?> OptionalModeName = OfMode(new Argument<string?>("MODE")
    {
        Description = $"The mode: {ModeNames}. Default: the mode in force, or the only one that is saved.",
        Arity = ArgumentArity.ZeroOrOne,
    });

    private static string ModeNames => string.Join(", ", Modes.Keys);

    public static Argument ModeArgument => ModeName;

    public static Argument OptionalModeArgument => OptionalModeName;

    public static Mode Mode(Invocation invocation) => Modes[invocation.Required(ModeName)];

    /// <summary>null if none was typed.</summary>
    public static Mode? OptionalMode(Invocation invocation) => invocation.Value(OptionalModeName) is { } name ? Modes[name] : null;

    private static Argument<T> Completed<T>(Argument<T> argument)
    {
        argument.CompletionSources.Add(TenantCompletion.Complete);
        return argument;
    }

    private static Argument<T> OfMode<T>(Argument<T> argument)
    {
        argument.HelpName = "MODE";
        argument.CompletionSources.Add([.. Modes.Keys]);
        argument.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !Modes.ContainsKey(result.Tokens[0].Value))
                result.AddError($"MODE must be one of {ModeNames}.");
        });
        return argument;
    }
}
