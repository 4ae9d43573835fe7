using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using GrpcCreds.V1;

namespace GrpcCreds.QuickStart;

/// <summary>Twenty nodes at work: a change reaches all of them, a session that Salesforce ends is replaced automatically, and the fleet moves
/// to an app of the tenant's own.</summary>
internal sealed class FleetStory(Stage stage, CancellationToken cancellationToken)
{
    public const int Size = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<FleetNode> fleet = [];

    public async Task TellAsync()
    {
        try
        {
            await BeginAsync();
            var change = await ChangeAsync();
            var healing = await HealAsync();
            await new AppStory(stage, RolledOutAsync, cancellationToken).TellAsync();
            PrintFigures(change, healing);
        }
        finally
        {
            await Task.WhenAll(fleet.Select(node => node.DisposeAsync().AsTask()));
        }
    }

    private int TokenRequests => stage.Salesforce.Grants().Sum(grant => 1 + grant.RefreshTokens.Sum(token => token.Refreshes));

    private async Task BeginAsync()
    {
        Console.WriteLine($"\n7. The {stage.Nodes.Count} nodes leave, and a fleet of {Size} nodes joins. All of them call Salesforce continuously.");
        foreach (var node in stage.Nodes)
            await node.DisposeAsync();
        fleet.AddRange(Enumerable.Range(1, Size).Select(number => new FleetNode(number, stage.Grpc)));
        await RolledOutAsync();
    }

    // A new grant replaces the old one, which stays valid for ten minutes so that running operations can finish.
    private async Task<(TimeSpan Arrived, TimeSpan Applied)> ChangeAsync()
    {
        Console.WriteLine(
            "\n8. The administrator has the grant authorized again. " +
            "Half of the nodes run operations of up to 3 s, and change over when those have ended.");
        var options = new CallOptions(deadline: DateTime.UtcNow.AddSeconds(45), cancellationToken: cancellationToken);
        var setup = await stage.Administrator.StartOAuthSetupAsync(new() { TenantId = Stage.Tenant }, options);
        await Browser.ApproveAsync(stage, setup, cancellationToken);
        var answered = Stopwatch.GetTimestamp();
        var revision = await RolledOutAsync();
        var applied = Stopwatch.GetElapsedTime(answered);
        var arrived = TimeSpan.FromTicks(Math.Max(0, Stopwatch.GetElapsedTime(answered, fleet.Max(node => node.Arrived.Timestamp)).Ticks));
        var oldest = fleet.Min(node => node.Arrived.Revision);
        Story.Expect(fleet.TrueForAll(node => node.Arrived.Revision == revision), $"every node to have revision {revision}", oldest);
        return (arrived, applied);
    }

    private async Task<(TimeSpan Arrived, int TokenRequests)> HealAsync()
    {
        Console.WriteLine(
            "\n9. The session is revoked in Salesforce. Neither the service nor the nodes are notified; " +
            "the first node whose call is refused reports it.");
        var (before, tokens) = (fleet.Max(node => node.Arrived.Revision), TokenRequests);
        var revoked = Stopwatch.GetTimestamp();
        stage.Salesforce.ExpireAccessTokens(stage.Salesforce.Grants()[^1].Number);
        while (fleet.Exists(node => node.Arrived.Revision == before))
        {
            Story.Expect(Stopwatch.GetElapsedTime(revoked) < Patience, "all nodes to have a new session", $"revision {before}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), cancellationToken);
        }
        var healed = Stopwatch.GetElapsedTime(revoked, fleet.Max(node => node.Arrived.Timestamp));
        await RolledOutAsync();
        Story.Expect(TokenRequests - tokens == 1, "one renewal for the whole fleet", TokenRequests - tokens);
        Console.WriteLine("   The service asked Salesforce once, renewed once, and every node continued with the new session.");
        return (healed, TokenRequests - tokens);
    }

    /// <summary>Shows the progress bar until it is full.</summary>
    /// <returns>The revision that every node has applied.</returns>
    private async Task<long> RolledOutAsync()
    {
        using var watch = stage.Administrator.WatchCredentialStatus(
            new() { TenantId = Stage.Tenant, Until = Until.RolledOut }, deadline: DateTime.UtcNow + Patience, cancellationToken: cancellationToken);
        RolloutCounts? last = null;
        await foreach (var message in watch.ResponseStream.ReadAllAsync(cancellationToken))
        {
            if (message.Status.Rollout is { Expected: > 0 } counts && !counts.Equals(last))
                PrintBar(last = counts);
        }
        Story.Expect(
            last is { Outcome: Outcome.Succeeded, Expected: Size }, $"all {Size} nodes to have applied the newest revision", last?.ToString() ?? "nothing");
        return last!.Revision;
    }

    private static void PrintBar(RolloutCounts counts)
    {
        var bar = new string('#', counts.Applied).PadRight(counts.Expected, '.');
        var rejected = counts.Rejected > 0 ? $", {counts.Rejected} rejected their revision" : "";
        Console.WriteLine($"   [{bar}] {counts.Applied} of {counts.Expected} nodes use revision {counts.Revision}{rejected}");
    }

    private void PrintFigures((TimeSpan Arrived, TimeSpan Applied) change, (TimeSpan Arrived, int TokenRequests) healing)
    {
        var (accepted, failed) = (fleet.Sum(node => node.Accepted), fleet.Sum(node => node.Failed));
        Console.WriteLine($"""

               Measurements:
                 from the change to the last of {Size} nodes          {Milliseconds(change.Arrived)} ms
                 until the last node had applied the change       {change.Applied.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s
                 from the revocation to a new session everywhere  {Milliseconds(healing.Arrived)} ms
                 calls of the fleet to Salesforce                 {accepted} accepted, failed calls: {failed}
                 token requests for the revoked session           {healing.TokenRequests}
                 sent in the whole story                          {stage.Salesforce.Ledger().Count} logins, {TokenRequests} token requests
            """);
        Story.Expect(failed == 0, "every call to be accepted", failed);
    }

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture);
}
