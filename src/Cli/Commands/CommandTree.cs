using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using GrpcCreds.Cli.Output;

namespace GrpcCreds.Cli.Commands;

/// <summary>All commands.</summary>
internal static class CommandTree
{
    public static RootCommand Build(Terminal terminal)
    {
        var root = new RootCommand("Administers the Salesforce credentials of tenants, and shows which nodes use them.")
        {
            StatusCommand.Create(terminal),
            SetPasswordCommand.Create(terminal),
            SetOAuthCommand.Create(terminal),
            SetClientCredentialsCommand.Create(terminal),
            SetJwtBearerCommand.Create(terminal),
            OAuthCommand.Create(terminal),
            ClientCredentialsCommand.Create(terminal),
            JwtBearerCommand.Create(terminal),
            UseCommand.Create(terminal),
            OffCommand.Create(terminal),
            DiscardCommand.Create(terminal),
            TestCommand.Create(terminal),
            DeleteCommands.Password(terminal),
            NodesCommand.Create(terminal),
            RolloutCommand.Create(terminal),
            WatchCommand.Create(terminal),
            ExecCommand.Create(terminal),
            AuditCommand.Create(terminal),
            DoctorCommand.Create(terminal),
            ContextCommand.Create(terminal),
            CompletionCommand.Create(terminal),
            DocsCommand.Create(terminal),
        };
        root.Add(GlobalOptions.Context);
        root.Add(GlobalOptions.Address);
        root.Add(GlobalOptions.Output);
        root.Add(GlobalOptions.Verbose);
        // Only the directive for completion: the others would show the command line, or change the environment.
        root.Directives.Clear();
        root.Directives.Add(new SuggestDirective());
        // Without the aliases of Windows, which would be completed everywhere.
        root.Options.Remove(root.Options.OfType<HelpOption>().Single());
        var help = new HelpOption("--help", "-h") { Description = "Shows what the command does, its options, and examples." };
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        root.Add(help);
        return root;
    }
}
