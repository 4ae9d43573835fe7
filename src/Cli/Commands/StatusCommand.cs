using System.CommandLine;
using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;
using Spectre.Console;

namespace GrpcCreds.Cli.Commands;

/// <summary>Shows one tenant, or a table of all.</summary>
internal static class StatusCommand
{
    private static readonly Option<string?> ModeFilter = new("--mode")
        { Description = "Only tenants with this mode in force; off: with none.", HelpName = "MODE" };

    private static readonly Option<string?> AvailabilityFilter = new("--availability")
        { Description = "Only tenants with this availability, as in serving or setup-required.", HelpName = "AVAILABILITY" };

    private static readonly Option<string?> WarningFilter = new("--warning")
        { Description = "Only tenants with this warning, as in renewal-failing; any: with at least one.", HelpName = "WARNING" };

    private static readonly Option<string?> Search = new("--search")
        { Description = "Only tenants with this text in their name, username, org, user, app or My Domain.", HelpName = "TEXT" };

    private static readonly Option<bool> Watch = new("--watch", "-w") { Description = "Show every change until Ctrl+C." };

    static StatusCommand()
    {
        OneOf<Mode>(ModeFilter);
        OneOf<Availability>(AvailabilityFilter);
        OneOf<Warning>(WarningFilter, "ANY");
    }

    public static CliCommand Create(Terminal terminal) => new CliCommand(
        "status",
        "Shows a tenant: its modes and credentials, grants, warnings, nodes, and what can be done next. Without a tenant: a table of all.",
        "grpccreds status acme",
        "grpccreds status --warning any",
        "grpccreds status --mode password --search example.org -o json",
        "grpccreds status acme --watch")
        { TenantArguments.OptionalTenant, ModeFilter, AvailabilityFilter, WarningFilter, Search, Watch }
        .Runs(terminal, RunAsync);

    private static Task<int> RunAsync(Invocation invocation) => (invocation.Value(TenantArguments.OptionalTenant), invocation.Value(Watch)) switch
    {
        ({ } tenant, false) => OneAsync(invocation, tenant),
        (null, false) => AllAsync(invocation),
        var (tenant, _) => WatchAsync(invocation, tenant),
    };

    private static async Task<int> OneAsync(Invocation invocation, string tenant)
    {
        var status = await invocation.StatusAsync(tenant);
        invocation.Show(status, () => StatusView.Of(status));
        return Exit.Done;
    }

    private static async Task<int> AllAsync(Invocation invocation)
    {
        var all = new ListCredentialStatusesResponse();
        var request = new ListCredentialStatusesRequest { PageSize = 200 };
        do
        {
            var page = await invocation.Client.ListCredentialStatusesAsync(request, invocation.Read());
            all.Statuses.AddRange(page.Statuses.Where(status => Matches(invocation, status)));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        invocation.Show(all, () => Table(all.Statuses));
        if (all.Statuses.Count == 0 && invocation.Output == OutputFormat.Table)
            invocation.Terminal.Note("No tenant matches. Save the first credential with: grpccreds set-password TENANT --username USER");
        return Exit.Done;
    }

    private static async Task<int> WatchAsync(Invocation invocation, string? tenant)
    {
        var request = tenant is null ? new WatchCredentialStatusRequest { AllTenants = true } : new WatchCredentialStatusRequest { TenantId = tenant };
        var statuses = new SortedDictionary<string, CredentialStatus>(StringComparer.Ordinal);
        var format = invocation.StreamOutput;
        var isLive = format == OutputFormat.Table && invocation.Terminal.OutIsTerminal;
        if (!isLive)
        {
            await foreach (var status in StatusStream.ReadAsync(invocation, request))
                if (Matches(invocation, status))
                    invocation.Terminal.Line(format == OutputFormat.Table ? Line(status) : ProtoText.Write(status, format, streams: true));
            return Exit.Done;
        }
        await invocation.Terminal.Out.Live(new Text("Waiting for the service …")).StartAsync(async live =>
        {
            await foreach (var status in StatusStream.ReadAsync(invocation, request))
            {
                statuses[status.TenantId] = status;
                live.UpdateTarget(tenant is null ? Table(statuses.Values.Where(each => Matches(invocation, each))) : StatusView.Of(status));
                live.Refresh();
            }
        });
        return Exit.Done;
    }

    private static Table Table(IEnumerable<CredentialStatus> statuses)
    {
        var table = Tables.Of("TENANT", "AVAILABILITY", "MODE", "NODES", "WARNINGS");
        foreach (var status in statuses)
            table.AddRow(
                new Text(status.TenantId),
                new Text(Names.Of(status.Availability), StatusView.StyleOf(status.Availability)),
                new Text(Names.Of(status.ActiveMode)),
                new Text(status.Rollout is { } rollout ? $"{rollout.Applied}/{rollout.Expected}" : "-"),
                new Text(string.Join('\n', status.Warnings.Select(Names.Of))));
        return table;
    }

    private static string Line(CredentialStatus status) =>
        $"{status.TenantId} {Names.Of(status.Availability)} {Names.Of(status.ActiveMode)} revision {status.Revision}, {StatusView.Rollout(status.Rollout)}";

    private static bool Matches(Invocation invocation, CredentialStatus status) =>
        Is(invocation.Value(ModeFilter), status.ActiveMode)
        && Is(invocation.Value(AvailabilityFilter), status.Availability)
        && (invocation.Value(WarningFilter) is not { } warning
            || (Name(warning) == "ANY" ? status.Warnings.Count > 0 : status.Warnings.Any(each => Is(warning, each))))
        && (invocation.Value(Search) is not { } text || Texts(status).Any(each => each.Contains(text, StringComparison.OrdinalIgnoreCase)));

    private static bool Is<T>(string? wanted, T value)
        where T : struct, Enum => wanted is null || Name(wanted) == Names.Of(value);

    private static IEnumerable<string> Texts(CredentialStatus status) => status.Modes.SelectMany(mode => new[] { mode.Current, mode.Candidate })
        .OfType<SavedCredential>().SelectMany(saved => new[] { saved.Username, saved.OrgId, saved.UserId, saved.ConsumerKey, saved.MyDomain })
        .Prepend(status.TenantId);

    private static string Name(string typed) => typed.ToUpperInvariant().Replace('-', '_');

    private static void OneOf<T>(Option<string?> option, params string[] more)
        where T : struct, Enum
    {
        string[] allowed = [.. Enum.GetValues<T>().Where(value => Convert.ToInt32(value, null) != 0).Select(Names.Of), .. more];
        option.CompletionSources.Add([.. allowed.Select(each => each.ToLowerInvariant().Replace('_', '-'))]);
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } typed && !allowed.Contains(Name(typed)))
                result.AddError($"{option.Name} must be one of {string.Join(", ", allowed.Select(each => each.ToLowerInvariant().Replace('_', '-')))}.");
        });
    }
}
