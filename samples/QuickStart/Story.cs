using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using GrpcCreds.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.V1;

namespace GrpcCreds.QuickStart;

/// <summary>The story, step by step. Each step checks what it prints; a step with a different result ends the story.</summary>
internal sealed class Story(Stage stage, CancellationToken cancellationToken)
{
    private readonly SimulatedUser ann = DefaultUsers.Production;
    private readonly SimulatedUser bob = stage.Salesforce.AddUser("bob@acme.test", "demo-password-bob");

    public async Task NothingIsConfiguredAsync()
    {
        Console.WriteLine($"""
            The service listens on {stage.Grpc.Authority} (gRPC) and {stage.Http.Authority} (health). Salesforce is simulated in this process;
            nothing leaves this machine, and all data is in a temporary directory.

            1. Nothing is configured for tenant {Stage.Tenant}: its nodes connect and wait.
            """);
        foreach (var node in stage.Nodes)
        {
            var told = await node.NextAsync(cancellationToken);
            var nothing = told.Answer as NoSession;
            Expect(nothing is { Cause: Availability.NotConfigured }, $"{node.Name} to receive that nothing is configured", told.Answer);
            Console.WriteLine($"   {node.Name} receives: not configured. {nothing!.Advice}");
        }
    }

    public async Task APasswordIsSetAsync()
    {
        Console.WriteLine($"\n2. An administrator sets the password of {ann.Username}. The service first tests it by a login at Salesforce.");
        await ChangeAsync(ann);
    }

    public async Task AnotherUserTakesOverAsync()
    {
        Console.WriteLine($"\n3. The administrator changes to another user, {bob.Username}. Nothing has to be stopped.");
        await ChangeAsync(bob);
    }

    public async Task AWrongPasswordIsRefusedAsync()
    {
        Console.WriteLine("\n4. The administrator mistypes the next password.");
        var before = stage.Nodes[0].Source.Current!.Revision;
        var (answer, _, _) = await SetAsync(new() { TenantId = Stage.Tenant, Password = "mistyped", SecurityToken = "" });
        var failure = Password(answer).Candidate?.LastTest?.Failure;
        Expect(answer.Result == WriteResult.TestFailed && failure is not null, "TEST_FAILED", answer.Result);
        Console.WriteLine($"   The result: TEST_FAILED, {failure!.SalesforceCode}. {failure.Advice}");

        // A change reaches every node within 1 s after the answer. If nothing has arrived by then, nothing was sent.
        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        Expect(answer.Status.Revision == before, $"revision {before} to stay in force", answer.Status.Revision);
        foreach (var node in stage.Nodes)
            Expect(node.HeardNothing && node.Source.Current!.Revision == before, $"{node.Name} to receive nothing", node.Source);
        Console.WriteLine($"   Revision {before} stays in force: no node received a change, all hold the session of {bob.Username}.");
        await UseAsync(stage.Nodes[0]);
    }

    private async Task ChangeAsync(SimulatedUser user)
    {
        var (answer, sent, answered) = await SetAsync(
            new() { TenantId = Stage.Tenant, Username = user.Username, Password = user.Password, SecurityToken = user.SecurityToken });
        Expect(answer.Result == WriteResult.Activated, "ACTIVATED", answer.Result);
        var test = Password(answer).Current.LastTest;
        Console.WriteLine($"   The result after {Milliseconds(answered - sent)} ms: ACTIVATED, revision {answer.Status.Revision}. {test.Message}");
        foreach (var node in stage.Nodes)
        {
            var told = await node.NextAsync(cancellationToken);
            var session = told.Answer as SalesforceSession;
            var isIt = session?.Revision == answer.Status.Revision && session.UserId == user.UserId;
            Expect(isIt, $"{node.Name} to get the session of {user.Username}", told.Answer);
            var (sinceSent, sinceAnswered) = (Milliseconds(told.Timestamp - sent), BeforeOrAfter(told.Timestamp - answered));
            Console.WriteLine($"   {node.Name} has the session {sinceSent} ms after the write was sent, {sinceAnswered} it was answered.");
        }
        await UseAsync(stage.Nodes[0]);
    }

    private async Task<(SetPasswordCredentialResponse Answer, long Sent, long Answered)> SetAsync(SetPasswordCredentialRequest request)
    {
        var sent = Stopwatch.GetTimestamp();
        try
        {
            var options = new CallOptions(deadline: DateTime.UtcNow.AddSeconds(45), cancellationToken: cancellationToken);
            var answer = await stage.Administrator.SetPasswordCredentialAsync(request, options);
            return (answer, sent, Stopwatch.GetTimestamp());
        }
        catch (RpcException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StoryException($"The write was not answered: {e.Status.StatusCode}, {e.Status.Detail}", e);
        }
    }

    /// <summary>Checks that every node receives the session of a revision.</summary>
    public async Task ExpectEverywhereAsync(CredentialStatus status, SimulatedUser user)
    {
        foreach (var node in stage.Nodes)
        {
            var told = await node.NextAsync(cancellationToken);
            var session = told.Answer as SalesforceSession;
            Expect(session?.Revision == status.Revision && session.UserId == user.UserId, $"{node.Name} to get the session of {user.Username}", told.Answer);
        }
    }

    private async Task UseAsync(Node node)
    {
        var status = await node.CallSalesforceAsync(cancellationToken);
        Expect(status == 200, $"Salesforce to accept the session {node.Name} holds", status);
        Console.WriteLine($"   {node.Name} calls Salesforce with it: accepted.");
    }

    private static ModeStatus Password(SetPasswordCredentialResponse answer) => answer.Status.Modes.Single(mode => mode.Mode == Mode.Password);

    private static string Milliseconds(long ticks) => Stopwatch.GetElapsedTime(0, ticks).TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);

    // The stream message and the answer are sent at the same time, as soon as the write is durable.
    private static string BeforeOrAfter(long ticks) => $"{Milliseconds(Math.Abs(ticks))} ms {(ticks < 0 ? "before" : "after")}";

    public static void Expect(bool came, string expected, object instead)
    {
        if (!came)
            throw new StoryException($"The story failed here: expected {expected}; got: {instead}.");
    }
}
