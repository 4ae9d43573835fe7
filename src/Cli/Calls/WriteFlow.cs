using Google.Protobuf;
using Grpc.Core;
using GrpcCreds.Cli.Commands;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;
using Spectre.Console;

namespace GrpcCreds.Cli.Calls;

/// <summary>A write as the user sees it: it is sent, its test and result are shown, and the nodes are followed until all have moved.</summary>
internal static class WriteFlow
{
    /// <param name="invocation">The command.</param>
    /// <param name="mode">The mode whose test is shown; MODE_OFF if none is tested.</param>
    /// <param name="doing">What is being done, for the spinner.</param>
    /// <param name="request">The request.</param>
    /// <param name="call">The call of the client.</param>
    public static async Task<int> RunAsync<TRequest, TResponse>(
        Invocation invocation, Mode mode, string doing, TRequest request, Func<TRequest, CallOptions, AsyncUnaryCall<TResponse>> call)
        where TRequest : IMessage
        where TResponse : IMessage
    {
        var response = await SpinAsync(invocation, doing, () => Write.SendAsync(invocation, request, call));
        var (result, status) = Of(response);
        invocation.Show(response, () => View(mode, result, status));
        return result switch
        {
            WriteResult.TestFailed or WriteResult.TestUnknown => Exit.TestFailed,
            WriteResult.Activated when !invocation.Value(SharedOptions.NoWait) => await RolloutWait.AfterWriteAsync(invocation, status),
            _ => Exit.Done,
        };
    }

    /// <summary>Shows a spinner on standard error while something runs; elsewhere than on a terminal, one line.</summary>
    public static async Task<T> SpinAsync<T>(Invocation invocation, string doing, Func<Task<T>> work)
    {
        if (invocation.Terminal.ErrorIsTerminal)
            return await invocation.Terminal.Error.Status().StartAsync(Markup.Escape(doing), _ => work());
        invocation.Terminal.Note(doing);
        return await work();
    }

    /// <summary>Every write answers with these two.</summary>
    private static (WriteResult Result, CredentialStatus Status) Of(IMessage response) => (
        (WriteResult)response.Descriptor.FindFieldByName("result").Accessor.GetValue(response),
        (CredentialStatus)response.Descriptor.FindFieldByName("status").Accessor.GetValue(response));

    public static Rows View(Mode mode, WriteResult result, CredentialStatus status)
    {
        var ofMode = status.Modes.FirstOrDefault(each => each.Mode == mode);
        var saved = result == WriteResult.Activated ? ofMode?.Current : ofMode?.Candidate ?? ofMode?.Current;
        var rows = new List<Spectre.Console.Rendering.IRenderable>();
        var isTested = result is WriteResult.Activated or WriteResult.TestFailed or WriteResult.TestUnknown && mode != Mode.Off;
        if (isTested && saved?.LastTest is { } test)
            rows.Add(ChecksView.Of(test));
        rows.Add(new Paragraph()
            .Append(Names.Of(result), new Style(isTested && result != WriteResult.Activated ? Color.Red : Color.Green, decoration: Decoration.Bold))
            .Append($": {Meaning(result, mode, status)}"));
        if (isTested && result != WriteResult.Activated && saved?.LastTest?.Failure is { } failure)
            rows.Add(new Text($"{failure.Advice}{(failure.SalesforceCode.Length > 0 ? $" ({failure.SalesforceCode})" : "")}"));
        foreach (var next in Next(result, mode, status.TenantId))
            rows.Add(new Text($"Next: {next}"));
        return new Rows(rows);
    }

    private static string Meaning(WriteResult result, Mode mode, CredentialStatus status) => result switch
    {
        WriteResult.Activated when mode == Mode.Off => $"{status.TenantId} is switched off, revision {status.Revision}.",
        WriteResult.Activated => $"{Names.Of(mode)} is in force for {status.TenantId}, revision {status.Revision}.",
        WriteResult.WaitingForSetup => "the ids are saved. Nothing changes for the nodes until a Salesforce user has authorized them.",
        WriteResult.TestFailed => "the test did not pass. Nothing has changed for the nodes.",
        WriteResult.TestUnknown => "Salesforce gave no clear answer. Nothing has changed for the nodes. Run the command again to test again.",
        WriteResult.Staged => "saved as a candidate. Nothing has changed for the nodes.",
        WriteResult.Removed => "removed.",
        WriteResult.Unchanged => "there was nothing to do.",
        WriteResult.RotationStarted => "the rotation is running; the service takes its steps by itself.",
        _ => "see the status.",
    };

    private static IEnumerable<string> Next(WriteResult result, Mode mode, string tenant) => result switch
    {
        WriteResult.WaitingForSetup => [$"grpccreds oauth setup {tenant}"],
        WriteResult.Staged when mode == Mode.Oauth => [$"grpccreds oauth setup {tenant}"],
        WriteResult.Staged => [$"grpccreds use {tenant} {Names.Argument(mode)}"],
        WriteResult.TestFailed => [$"grpccreds status {tenant}"],
        _ => [],
    };
}
