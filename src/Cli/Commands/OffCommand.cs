using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;

namespace GrpcCreds.Cli.Commands;

/// <summary>Switches a tenant off.</summary>
internal static class OffCommand
{
    public static CliCommand Create(Terminal terminal)
    {
        var command = new CliCommand(
            "off",
            "Switches a tenant off: its nodes lose the session and stop. All credentials stay saved; use puts one in force again.",
            "grpccreds off acme --reason \"contract ended\"",
            "grpccreds off acme --dry-run")
            { TenantArguments.Tenant, SharedOptions.Yes, SharedOptions.DryRun, SharedOptions.NoWait };
        SharedOptions.AddTo(command);
        return command.Runs(terminal, RunAsync);
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var status = await invocation.StatusAsync(invocation.Required(TenantArguments.Tenant));
        var request = new SetActiveModeRequest { TenantId = status.TenantId, Mode = Mode.Off };
        if (status.Etag.Length > 0)
            request.Etag = status.Etag;
        var text = status.ActiveMode == Mode.Off
            ? $"{status.TenantId} is off already."
            : $"Switches {status.TenantId} off: {Consequences.Nodes(status)} will lose the session of {Names.Of(status.ActiveMode)} at once and stop.";
        return await Consequences.AcceptAsync(invocation, text, isLoss: status.ActiveMode != Mode.Off)
            ? await WriteFlow.RunAsync(invocation, Mode.Off, "Switching off …", request, invocation.Client.SetActiveModeAsync)
            : Exit.Done;
    }
}
