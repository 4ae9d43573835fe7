using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;

namespace GrpcCreds.Cli.Commands;

/// <summary>Puts a mode in force.</summary>
internal static class UseCommand
{
    public static CliCommand Create(Terminal terminal)
    {
        var command = new CliCommand(
            "use",
            "Puts a mode in force: tests its candidate, or else its current credential, and switches only if the test passes. Nodes keep the old session until "
                + "they have the new one.",
            "grpccreds use acme oauth",
            "grpccreds use acme password --dry-run")
            { TenantArguments.Tenant, TenantArguments.ModeArgument, SharedOptions.NoWait, SharedOptions.DryRun };
        SharedOptions.AddTo(command);
        return command.Runs(terminal, RunAsync);
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var request = new SetActiveModeRequest { TenantId = invocation.Required(TenantArguments.Tenant), Mode = TenantArguments.Mode(invocation) };
        if (invocation.Value(SharedOptions.DryRun))
        {
            var status = await invocation.StatusAsync(request.TenantId);
            var mode = status.Modes.FirstOrDefault(each => each.Mode == request.Mode);
            var what = mode?.Candidate is not null ? "candidate" : mode?.Current is not null ? "current credential" : null;
            invocation.Terminal.Line(what is null
                ? $"{request.TenantId} has no credential for {Names.Argument(request.Mode)}: nothing can be put in force."
                : $"Would test the {what} of {Names.Of(request.Mode)} at Salesforce. If it passes, {Consequences.Nodes(status)} would move from "
                    + $"{Names.Of(status.ActiveMode)} to it; if not, nothing changes.");
            return what is null ? Exit.Refused : Exit.Done;
        }
        return await WriteFlow.RunAsync(
            invocation, request.Mode, $"Testing {Names.Argument(request.Mode)} at Salesforce …", request, invocation.Client.SetActiveModeAsync);
    }
}
