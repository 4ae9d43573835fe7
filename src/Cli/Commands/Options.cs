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

    public static readonly Option<string?> OrgId = new("--org-id") { Description = "The Salesforce org: 15 or 18 characters that begin with 00D.", HelpName = "ID" };

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
        new[] { Mode.Password, Mode.Oauth, Mode.ClientCredentials, Mode.JwtBearer }.ToDictionary(Names.Argument);

    public static Argument<string> Tenant { get; } = Completed(new Argument<string>("TENANT") { Description = "The tenant, as in acme." });

    public static Argument<string?> OptionalTenant { get; } =
        Completed(new Argument<string?>("TENANT") { Description = "The tenant, as in acme.", Arity = ArgumentArity.ZeroOrOne });

    public static Argument<string[]> Tenants { get; } =
        Completed(new Argument<string[]>("TENANT") { Description = "The tenants, 1 to 1,000.", Arity = ArgumentArity.OneOrMore });

    public static Argument<Mode> ModeArgument { get; } = OfMode(new Argument<Mode>("MODE") { Description = $"The mode: {string.Join(", ", Modes.Keys)}." });

    public static Argument<Mode> OptionalMode { get; } = OfMode(new Argument<Mode>("MODE")
    {
        Description = $"The mode: {string.Join(", ", Modes.Keys)}. Default: the mode in force, or the only one that is saved.",
        Arity = ArgumentArity.ZeroOrOne,
    });

    private static Argument<T> Completed<T>(Argument<T> argument)
    {
        argument.CompletionSources.Add(TenantCompletion.Complete);
        return argument;
    }

    private static Argument<Mode> OfMode(Argument<Mode> argument)
    {
        argument.CustomParser = result =>
        {
            if (result.Tokens.Count == 0 || Modes.TryGetValue(result.Tokens[0].Value, out var mode) is false)
            {
                if (result.Tokens.Count > 0)
                    result.AddError($"MODE must be {string.Join(", ", Modes.Keys)}.");
                return Mode.Unspecified;
            }
            return mode;
        };
        argument.CompletionSources.Add([.. Modes.Keys]);
        return argument;
    }
}
