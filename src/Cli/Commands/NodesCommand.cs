using System.CommandLine;
using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;
using Spectre.Console;

namespace GrpcCreds.Cli.Commands;

/// <summary>Lists the nodes of a tenant.</summary>
internal static class NodesCommand
{
    private static readonly Option<bool> Behind = new("--behind") { Description = "Only expected nodes that have not applied the newest revision." };
    private static readonly Option<bool> Watch = new("--watch", "-w") { Description = "Show every change until Ctrl+C." };

    public static CliCommand Create(Terminal terminal) => new CliCommand(
        "nodes",
        "Lists the nodes of a tenant: what they were sent, what they have applied, and when they were last active. The exit code is 0 if all expected nodes "
            + "have moved, else 5.",
        "grpccreds nodes acme",
        "grpccreds nodes acme --behind --watch",
        "grpccreds nodes acme -o json")
        { TenantArguments.Tenant, Behind, Watch }
        .Runs(terminal, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var tenant = invocation.Required(TenantArguments.Tenant);
        if (invocation.Value(Watch))
            return await WatchAsync(invocation, tenant);
        var nodes = await ListAsync(invocation, tenant);
        invocation.Show(nodes, () => View(nodes));
        return nodes.Rollout?.Outcome == Outcome.Succeeded ? Exit.Done : Exit.TestFailed;
    }

    /// <summary>Lists again whenever the status says that something moved.</summary>
    private static async Task<int> WatchAsync(Invocation invocation, string tenant)
    {
        var format = invocation.StreamOutput;
        var request = new WatchCredentialStatusRequest { TenantId = tenant };
        if (format != OutputFormat.Table || !invocation.Terminal.OutIsTerminal)
        {
            await foreach (var _ in StatusStream.ReadAsync(invocation, request))
            {
                var nodes = await ListAsync(invocation, tenant);
                if (format == OutputFormat.Table)
                    invocation.Terminal.Out.Write(View(nodes));
                else
                    invocation.Terminal.Line(ProtoText.Write(nodes, format, streams: true));
            }
            return Exit.Done;
        }
        await invocation.Terminal.Out.Live(new Text("Waiting for the service …")).StartAsync(async live =>
        {
            await foreach (var _ in StatusStream.ReadAsync(invocation, request))
            {
                live.UpdateTarget(View(await ListAsync(invocation, tenant)));
                live.Refresh();
            }
        });
        return Exit.Done;
    }

    private static async Task<ListNodesResponse> ListAsync(Invocation invocation, string tenant)
    {
        var all = new ListNodesResponse();
        var request = new ListNodesRequest { TenantId = tenant, PageSize = 1000, BehindOnly = invocation.Value(Behind) };
        do
        {
            var page = await invocation.Client.ListNodesAsync(request, invocation.Read());
            all.Nodes.AddRange(page.Nodes);
            all.Rollout = page.Rollout;
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return all;
    }

    private static Rows View(ListNodesResponse nodes)
    {
        var newest = nodes.Rollout?.Revision ?? 0;
        var table = Tables.Of("NODE", "CALLER", "PRESENCE", "SENT", "APPLIED", "SEEN", "FAILURE");
        foreach (var node in nodes.Nodes)
            table.AddRow(
                new Text(node.NodeId),
                new Text(node.Caller),
                new Text(Names.Of(node.Presence)),
                new Text(Revision(node.SentRevision, newest)),
                new Text(Revision(node.AppliedRevision, newest), new Style(node.AppliedRevision >= newest ? Color.Green : Color.Yellow)),
                new Text(Names.Relative(node.LastSeenTime)),
                new Text(node.Failure is { } failure ? $"{Names.Of(failure.FailureClass)} {failure.SalesforceCode}".TrimEnd() : ""));
        return new Rows(table, new Text(StatusView.Rollout(nodes.Rollout)));
    }

    private static string Revision(long revision, long newest) => revision == 0 ? "-" : revision == newest ? "newest" : $"{revision}";
}
