using System.CommandLine;

namespace GrpcCreds.Cli.Commands;

/// <summary>Options that several commands have, most of them writes.</summary>
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

    /// <summary>The three that every write has.</summary>
    public static void AddTo(Command command)
    {
        command.Add(Etag);
        command.Add(RequestId);
        command.Add(Reason);
    }
}
