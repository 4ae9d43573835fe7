using System.CommandLine;
using Grpc.Core;
using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;
using Spectre.Console;

namespace GrpcCreds.Cli.Commands;

/// <summary>Says whether all nodes have moved, or waits until they have.</summary>
internal static class RolloutCommand
{
    private static readonly Option<bool> Wait = new("--wait") { Description = "Wait until all expected nodes have moved." };

    private static readonly Option<int?> Timeout = new("--timeout")
        { Description = "Wait at most so many seconds. Default: without limit.", HelpName = "SECONDS" };

    public static CliCommand Create(Terminal terminal)
    {
        Timeout.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1 or > 86_400)
                result.AddError("--timeout must be 1 to 86400 seconds.");
        });
        return new CliCommand(
            "rollout",
            "Shows how many nodes have the newest revision. The exit code is 0 if all expected nodes have it, else 5.",
            "grpccreds rollout acme",
            "grpccreds rollout acme --wait --timeout 60 && echo all nodes have moved")
            { TenantArguments.Tenant, Wait, Timeout }
            .Runs(terminal, RunAsync);
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var tenant = invocation.Required(TenantArguments.Tenant);
        var rollout = invocation.Value(Wait) ? await WaitAsync(invocation, tenant) : (await invocation.StatusAsync(tenant)).Rollout;
        invocation.Show(rollout ?? new(), () => new Text($"{StatusView.Rollout(rollout)}\n"));
        return rollout?.Outcome == Outcome.Succeeded ? Exit.Done : Exit.TestFailed;
    }

    private static async Task<RolloutCounts?> WaitAsync(Invocation invocation, string tenant)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(invocation.CancellationToken);
        if (invocation.Value(Timeout) is { } seconds)
            limit.CancelAfter(TimeSpan.FromSeconds(seconds));
        try
        {
            return (await RolloutWait.RunAsync(invocation, tenant, limit.Token)).Rollout;
        }
        catch (Exception e) when (e is OperationCanceledException or RpcException
            && limit.IsCancellationRequested && !invocation.CancellationToken.IsCancellationRequested)
        {
            invocation.Terminal.Problem($"Not all nodes moved within {invocation.Value(Timeout)} s. See: grpccreds nodes {tenant} --behind");
            return (await invocation.StatusAsync(tenant)).Rollout;
        }
    }
}
