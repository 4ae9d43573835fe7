using System.CommandLine.Completions;
using Grpc.Core;
using GrpcCreds.Cli.Connection;

namespace GrpcCreds.Cli.Commands;

/// <summary>Completes tenant names from the server. Shows nothing if the server does not answer at once: a completion must not fail or wait.</summary>
internal static class TenantCompletion
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static IEnumerable<CompletionItem> Complete(CompletionContext context)
    {
        try
        {
            var target = Target.Resolve(context.ParseResult.GetValue(GlobalOptions.Context), context.ParseResult.GetValue(GlobalOptions.Address));
            using var connection = new ServiceConnection(target, trace: null);
            var options = new CallOptions(deadline: DateTime.UtcNow + Patience);
            return [.. connection.Client.ListCredentialStatuses(new() { PageSize = 200 }, options).Statuses
                .Select(status => status.TenantId)
                .Where(tenant => tenant.StartsWith(context.WordToComplete, StringComparison.Ordinal))
                .Select(tenant => new CompletionItem(tenant))];
        }
        catch (Exception e) when (e is RpcException or CommandFailedException)
        {
            return [];
        }
    }
}
