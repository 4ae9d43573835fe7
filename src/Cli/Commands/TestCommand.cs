using System.CommandLine;
using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;
using Spectre.Console;

namespace GrpcCreds.Cli.Commands;

/// <summary>Tests a saved credential.</summary>
internal static class TestCommand
{
    private static readonly Option<Slot> SlotOption = new("--slot")
    {
        Description = "Which credential of the mode: current or candidate. Default: the candidate if there is one.",
        HelpName = "current|candidate",
        CustomParser = result =>
        {
            if (Enum.TryParse<Slot>(result.Tokens.Single().Value, ignoreCase: true, out var slot) && slot is Slot.Current or Slot.Candidate)
                return slot;
            result.AddError("--slot must be current or candidate.");
            return Slot.Unspecified;
        },
    };

    public static CliCommand Create(Terminal terminal)
    {
        SlotOption.CompletionSources.Add("current", "candidate");
        var command = new CliCommand(
            "test",
            "Tests a saved credential at Salesforce and shows every check. Nothing changes for the nodes. The exit code is 5 if the test does not pass.",
            "grpccreds test acme",
            "grpccreds test acme oauth --slot current -o json")
            { TenantArguments.Tenant, TenantArguments.OptionalModeArgument, SlotOption };
        SharedOptions.AddTo(command);
        return command.Runs(terminal, RunAsync);
    }

    /// <summary>Tests, shows the checks, and returns the exit code.</summary>
    public static async Task<int> RunAsync(Invocation invocation, TestAccessRequest request)
    {
        var response = await WriteFlow.SpinAsync(
            invocation,
            $"Testing {Names.Argument(request.Mode)} at Salesforce …",
            () => Write.SendAsync<TestAccessRequest, TestAccessResponse>(invocation, request, invocation.Client.TestAccessAsync));
        var test = response.Test;
        invocation.Show(response, () => new Rows(
            ChecksView.Of(test),
            new Paragraph()
                .Append(Names.Of(test.Outcome), new Style(test.Outcome == Outcome.Succeeded ? Color.Green : Color.Red, decoration: Decoration.Bold))
                .Append($": {test.Failure?.Advice ?? test.Message} ({Names.Argument(test.Mode)}, {Names.Of(test.Slot).ToLowerInvariant()})")));
        return test.Outcome == Outcome.Succeeded ? Exit.Done : Exit.TestFailed;
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var request = new TestAccessRequest { TenantId = invocation.Required(TenantArguments.Tenant), Slot = invocation.Value(SlotOption) };
        request.Mode = TenantArguments.OptionalMode(invocation) ?? await ModeOfAsync(invocation, request.TenantId);
        return await RunAsync(invocation, request);
    }

    private static async Task<Mode> ModeOfAsync(Invocation invocation, string tenant)
    {
        var status = await invocation.StatusAsync(tenant);
        return status switch
        {
            { ActiveMode: not (Mode.Off or Mode.Unspecified) } => status.ActiveMode,
            { Modes: [var only] } => only.Mode,
            _ => throw new CommandFailedException(
                Exit.Usage, $"No mode of {tenant} is in force. Say which to test: {string.Join(", ", TenantArguments.Modes.Keys)}."),
        };
    }
}
