using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;

namespace GrpcCreds.Cli.Commands;

/// <summary>Drops a candidate.</summary>
internal static class DiscardCommand
{
    public static CliCommand Create(Terminal terminal)
    {
        var command = new CliCommand(
            "discard",
            "Drops the candidate of a mode, with its test, setup and grant. The credential in force does not change.",
            "grpccreds discard acme oauth")
            { TenantArguments.Tenant, TenantArguments.ModeArgument, SharedOptions.Yes, SharedOptions.DryRun };
        SharedOptions.AddTo(command);
        return command.Runs(terminal, RunAsync);
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var status = await invocation.StatusAsync(invocation.Required(TenantArguments.Tenant));
        var request = new DiscardCandidateRequest { TenantId = status.TenantId, Mode = TenantArguments.Mode(invocation) };
        if (status.Etag.Length > 0)
            request.Etag = status.Etag;
        var hasCandidate = status.Modes.Any(mode => mode.Mode == request.Mode && mode.Candidate is not null);
        var text = hasCandidate
            ? $"Drops the candidate of {Names.Of(request.Mode)} of {status.TenantId} for good. No node uses it."
            : $"{status.TenantId} has no candidate for {Names.Argument(request.Mode)}; an open setup is ended.";
        return await Consequences.AcceptAsync(invocation, text, isLoss: hasCandidate)
            ? await WriteFlow.RunAsync(invocation, Mode.Off, "Discarding …", request, invocation.Client.DiscardCandidateAsync)
            : Exit.Done;
    }
}
