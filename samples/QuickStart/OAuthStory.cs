using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.V1;
using Action = GrpcCreds.V1.Action;

namespace GrpcCreds.QuickStart;

/// <summary>The tenant moves from the password to OAuth while its nodes continue to call Salesforce.</summary>
internal sealed class OAuthStory(Stage stage, Story story, CancellationToken cancellationToken)
{
    private readonly SimulatedUser user = DefaultUsers.Production;

    public async Task TellAsync()
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var calls = stage.Nodes.Select(node => node.KeepCallingAsync(end.Token)).ToList();
        try
        {
            await SwitchAsync();
            await DeleteThePasswordAsync();
        }
        finally
        {
            await end.CancelAsync();
            var counts = await Task.WhenAll(calls);
            var (accepted, failed) = (counts.Sum(count => count.Accepted), counts.Sum(count => count.Failed));
            Console.WriteLine($"   In the meantime the nodes made {accepted} calls to Salesforce; failed calls: {failed}.");
            Story.Expect(failed == 0, "every call to be accepted", failed);
        }
    }

    private async Task SwitchAsync()
    {
        Console.WriteLine(
            "\n5. Password login ends with Summer '27. The administrator saves the org and user for OAuth; the nodes continue to call Salesforce.");
        var options = new CallOptions(deadline: DateTime.UtcNow.AddSeconds(45), cancellationToken: cancellationToken);
        var saved = await stage.Administrator.SetOAuthCredentialAsync(new() { TenantId = Stage.Tenant, OrgId = user.OrgId, UserId = user.UserId }, options);
        Story.Expect(saved.Result == WriteResult.WaitingForSetup, "WAITING_FOR_SETUP", saved.Result);
        Console.WriteLine("   The result: WAITING_FOR_SETUP. The nodes still use the password.");

        var setup = await stage.Administrator.StartOAuthSetupAsync(new() { TenantId = Stage.Tenant }, options);
        using var watch = stage.Administrator.WatchCredentialStatus(
            new() { TenantId = Stage.Tenant, Until = Until.SetupFinished }, cancellationToken: cancellationToken);
        Console.WriteLine($"   {user.Username} opens the start page in a browser, signs in at Salesforce and approves.");
        await Browser.ApproveAsync(stage, setup, cancellationToken);

        CredentialStatus? last = null;
        await foreach (var message in watch.ResponseStream.ReadAllAsync(cancellationToken))
            last = message.Status;
        Story.Expect(last is { ActiveMode: Mode.Oauth } && OAuth(last).LastSetup.Outcome == Outcome.Succeeded, "OAuth to be in force", last!);
        await story.ExpectEverywhereAsync(last!, user);
        Console.WriteLine($"   The grant is in force: revision {last!.Revision}, and every node has its session. The password remains as the fallback.");
    }

    private async Task DeleteThePasswordAsync()
    {
        Console.WriteLine("\n6. The administrator tests the grant and deletes the password.");
        var options = new CallOptions(deadline: DateTime.UtcNow.AddSeconds(45), cancellationToken: cancellationToken);
        var tested = await stage.Administrator.TestAccessAsync(new() { TenantId = Stage.Tenant, Mode = Mode.Oauth }, options);
        Story.Expect(tested.Test.Outcome == Outcome.Succeeded, "the test to pass", tested.Test);
        Console.WriteLine($"   The test: {tested.Test.Message}");
        foreach (var checks in tested.Test.Checks.GroupBy(check => check.Outcome, check => check.Name))
            Console.WriteLine($"   {(checks.Key == Outcome.NotChecked ? "Not required here" : "Passed")}: {string.Join(", ", checks)}.");
        var deleted = await stage.Administrator.DeletePasswordCredentialAsync(new() { TenantId = Stage.Tenant }, options);
        var isRemoved = deleted.Result == WriteResult.Removed && deleted.Status.Availability == Availability.Serving;
        Story.Expect(isRemoved, "REMOVED, and OAuth to remain in force", deleted);
        var actions = string.Join(", ", OAuth(deleted.Status).AvailableActions.Select(NameOf));
        Console.WriteLine($"   The result: REMOVED. Available actions: {actions}.");
    }

    private static ModeStatus OAuth(CredentialStatus status) => status.Modes.Single(mode => mode.Mode == Mode.Oauth);

    private static string NameOf(Action action) => action.ToString().ToLowerInvariant();
}
