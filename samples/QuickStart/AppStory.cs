using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.V1;

namespace GrpcCreds.QuickStart;

/// <summary>The fleet moves to an app in the tenant's own org, and the app's secret is rotated while all nodes call Salesforce.</summary>
/// <param name="stage">Everything in the story.</param>
/// <param name="rolledOut">Waits until every node has applied the newest revision.</param>
/// <param name="cancellationToken">Ends the story.</param>
internal sealed class AppStory(Stage stage, Func<Task<long>> rolledOut, CancellationToken cancellationToken)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private CallOptions Options => new(deadline: DateTime.UtcNow.AddSeconds(45), cancellationToken: cancellationToken);

    public async Task TellAsync()
    {
        await MoveAsync();
        await RotateAsync();
    }

    private async Task MoveAsync()
    {
        Console.WriteLine(
            "\n10. The administrator saves the key and secret of an app in the tenant's own org. It acts as its Run As user; no browser is needed.");
        var app = stage.Salesforce.AddApp(new()
        {
            ConsumerKey = "3MVG9.acme", ConsumerSecret = "demo-secret-acme", CallbackUrls = [], RunAs = DefaultUsers.Production.Username,
        });
        var set = await stage.Administrator.SetClientCredentialsAsync(
            new() { TenantId = Stage.Tenant, ConsumerKey = app.ConsumerKey, ConsumerSecret = app.ConsumerSecret, MyDomain = Stage.MyDomain }, Options);
        Story.Expect(set.Result == WriteResult.Activated, "ACTIVATED", set);
        Console.WriteLine($"   The result: ACTIVATED, revision {set.Status.Revision}.");
        await rolledOut();
        var deleted = await stage.Administrator.DeleteOAuthAsync(new() { TenantId = Stage.Tenant }, Options);
        Story.Expect(deleted.Result == WriteResult.Removed && deleted.Status.Availability == Availability.Serving, "REMOVED, and the app in force", deleted);
        Console.WriteLine("   Every node has moved, so the grant is deleted, and Salesforce revokes it.");
    }

    private async Task RotateAsync()
    {
        Console.WriteLine("\n11. The administrator has the app's secret rotated. Each step is stored before the next begins.");
        var started = await stage.Administrator.RotateClientSecretAsync(new() { TenantId = Stage.Tenant }, Options);
        Story.Expect(started.Result == WriteResult.RotationStarted, "ROTATION_STARTED", started);
        var former = Current(started.Status).ConsumerKey;
        using var watch = stage.Administrator.WatchCredentialStatus(
            new() { TenantId = Stage.Tenant, Until = Until.RotationFinished }, deadline: DateTime.UtcNow + Patience, cancellationToken: cancellationToken);
        var (last, told) = (started.Status, RotationStep.Unspecified);
        await foreach (var message in watch.ResponseStream.ReadAllAsync(cancellationToken))
        {
            last = message.Status;
            if (Current(last).Rotation is { } rotation && rotation.Step != told)
                Console.WriteLine($"   {Meaning(told = rotation.Step)}");
        }
        var current = Current(last);
        Story.Expect(current.Rotation is { Outcome: Outcome.Succeeded } && current.ConsumerKey != former, "the new set to be proven", current);
        await rolledOut();
    }

    private static SavedCredential Current(CredentialStatus status) => status.Modes.Single(mode => mode.Mode == Mode.ClientCredentials).Current;

    private static string Meaning(RotationStep step) => step switch
    {
        RotationStep.Look => "LOOK: does the app have a staged set already?",
        RotationStep.Stage => "STAGE: Salesforce makes a new key and secret.",
        RotationStep.Test => "TEST: the new set gets a token and passes all checks; then it is in force.",
        RotationStep.RollOut => "ROLL_OUT: the service waits until every node has applied it.",
        RotationStep.Promote => "PROMOTE: the new set becomes the app's primary one.",
        RotationStep.Prove => "PROVE: it is tested again.",
        RotationStep.Drop => "DROP: it is proven. The former set works for 24 hours more and is then dropped.",
        _ => step.ToString(),
    };
}
