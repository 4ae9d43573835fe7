using GrpcCreds.Cli.Commands;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;
using Spectre.Console;

namespace GrpcCreds.Cli.Calls;

/// <summary>Follows the nodes until all have a tenant's newest revision: a bar on a terminal, elsewhere a line for each change.</summary>
internal static class RolloutWait
{
    /// <summary>After a write: says that the write is done if the user does not want to wait any longer.</summary>
    public static async Task<int> AfterWriteAsync(Invocation invocation, CredentialStatus status)
    {
        if (status.Rollout is not { Expected: > 0 })
        {
            invocation.Terminal.Note("No node of this tenant is connected: there is nobody to wait for.");
            return Exit.Done;
        }
        try
        {
            await RunAsync(invocation, status.TenantId, invocation.CancellationToken);
            return Exit.Done;
        }
        catch (Exception e) when (e is OperationCanceledException or Grpc.Core.RpcException && invocation.CancellationToken.IsCancellationRequested)
        {
            invocation.Terminal.Note($"The write is done; the nodes go on by themselves. See: grpccreds rollout {status.TenantId} --wait");
            return Exit.Interrupted;
        }
    }

    /// <returns>The last status: all expected nodes have applied its revision.</returns>
    public static async Task<CredentialStatus> RunAsync(Invocation invocation, string tenant, CancellationToken cancellationToken)
    {
        var request = new WatchCredentialStatusRequest { TenantId = tenant, Until = Until.RolledOut };
        if (!invocation.Terminal.ErrorIsTerminal)
            return await FollowAsync(invocation, request, (last, status) =>
            {
                var line = StatusView.Rollout(status.Rollout);
                if (last is null || line != StatusView.Rollout(last.Rollout))
                    invocation.Terminal.Note(line);
            }, cancellationToken);
        var progress = invocation.Terminal.Error.Progress().Columns(new ProgressBarColumn(), new TaskDescriptionColumn { Alignment = Justify.Left });
        return await progress.StartAsync(async context =>
        {
            var bar = context.AddTask("Waiting for the nodes");
            return await FollowAsync(invocation, request, (_, status) =>
            {
                bar.MaxValue = Math.Max(1, status.Rollout?.Expected ?? 1);
                bar.Value = status.Rollout?.Applied ?? 0;
                bar.Description = Markup.Escape(StatusView.Rollout(status.Rollout));
            }, cancellationToken);
        });
    }

    private static async Task<CredentialStatus> FollowAsync(
        Invocation invocation, WatchCredentialStatusRequest request, Action<CredentialStatus?, CredentialStatus> show, CancellationToken cancellationToken)
    {
        CredentialStatus? last = null;
        await foreach (var status in StatusStream.ReadAsync(invocation, request, cancellationToken))
        {
            show(last, status);
            last = status;
        }
        return last ?? throw new CommandFailedException(Exit.Unreachable, "The service ended the watch without a status.");
    }
}
