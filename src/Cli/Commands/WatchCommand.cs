using System.CommandLine;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;
using Spectre.Console;

namespace GrpcCreds.Cli.Commands;

/// <summary>Shows what a node sees. It only observes: it is not counted as a node.</summary>
internal static class WatchCommand
{
    private static readonly Option<bool> Reveal = new("--reveal") { Description = "Show secrets; only on a terminal." };

    public static CliCommand Create(Terminal terminal) => new CliCommand(
        "watch",
        "Shows what a node of these tenants sees: revision, mode, age, heartbeat and reconnects. Needs the role node. The audit records that the sessions were "
            + "sent to you.",
        "grpccreds watch acme",
        "grpccreds watch acme globex | jq -r '.credential.revision'")
        { TenantArguments.Tenants, Reveal }
        .Runs(terminal, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var tenants = invocation.Required(TenantArguments.Tenants);
        var format = invocation.StreamOutput;
        if (invocation.Value(Reveal) && !invocation.Terminal.OutIsTerminal)
            throw new CommandFailedException(
                Exit.Usage, "--reveal shows secrets on a terminal only, never in a pipe or a file. For a program, use: grpccreds exec");
        var view = new WatchView(tenants);
        if (format != OutputFormat.Table || !invocation.Terminal.OutIsTerminal)
        {
            await ReadAsync(invocation, tenants, view, message => invocation.Terminal.Line(
                format == OutputFormat.Table ? WatchView.Line(message) : ProtoText.Write(Shown(invocation, message), format, streams: true)));
            return Exit.Done;
        }
        await invocation.Terminal.Out.Live(view.Table()).StartAsync(async live =>
        {
            using var seconds = new PeriodicTimer(TimeSpan.FromSeconds(1));
            var reading = ReadAsync(invocation, tenants, view, message => view.Take(Shown(invocation, message)));
            while (!reading.IsCompleted && await seconds.WaitForNextTickAsync(invocation.CancellationToken))
            {
                live.UpdateTarget(view.Table());
                live.Refresh();
            }
            await reading;
        });
        return Exit.Done;
    }

    private static WatchActiveCredentialResponse Shown(Invocation invocation, WatchActiveCredentialResponse message) =>
        invocation.Value(Reveal) ? message : ProtoText.WithoutSecrets(message);

    /// <summary>Reads until the user ends it; opens the stream again from the revisions that are known.</summary>
    private static async Task ReadAsync(Invocation invocation, string[] tenants, WatchView view, Action<WatchActiveCredentialResponse> show)
    {
        var known = tenants.ToDictionary(tenant => tenant, tenant => new WatchedTenant { TenantId = tenant }, StringComparer.Ordinal);
        var failures = 0;
        while (true)
        {
            var request = new WatchActiveCredentialRequest { HeartbeatInterval = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)) };
            request.Tenants.AddRange(known.Values);
            try
            {
                using var call = invocation.Client.WatchActiveCredential(request, cancellationToken: invocation.CancellationToken);
                while (await call.ResponseStream.MoveNext(invocation.CancellationToken))
                {
                    failures = 0;
                    var message = call.ResponseStream.Current;
                    view.WasOpen = true;
                    Remember(known, message);
                    show(message);
                }
            }
            catch (RpcException e) when (view.WasOpen && Refusal.EndsStreamOnly(e, failures == 0) && !invocation.CancellationToken.IsCancellationRequested)
            {
                if (!invocation.Terminal.OutIsTerminal)
                    invocation.Terminal.Note($"{Refusal.Explain(e).Lines[0]} Opened again.");
            }
            view.Reconnects++;
            await Task.Delay(TimeSpan.FromSeconds(Math.Min(8, Math.Pow(2, failures++))), invocation.CancellationToken);
        }
    }

    private static void Remember(Dictionary<string, WatchedTenant> known, WatchActiveCredentialResponse message)
    {
        var (tenant, revision, token) = message switch
        {
            { Credential: { } credential } => (credential.TenantId, credential.Revision, credential.ResumeToken),
            { Unavailable: { } unavailable } => (unavailable.TenantId, unavailable.Revision, unavailable.ResumeToken),
            _ => ("", 0L, ByteString.Empty),
        };
        if (known.TryGetValue(tenant, out var watched) && revision > 0)
            (watched.KnownRevision, watched.ResumeToken) = (revision, token);
    }
}
