using System.Globalization;
using Xunit;

namespace GrpcCreds.Tests.Faults.Audit;

/// <summary>Set GRPCCREDS_SEED to the seed a failed run printed, and its kills come in the same places.</summary>
[Collection(OneAtATime.Name)]
public sealed class DisclosureTests(ITestOutputHelper output)
{
    private const int MaxRuns = 5;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_ten_kills_whatever_any_client_received_is_in_the_audit_and_every_chain_is_intact(bool onRedis) =>
        Assert.Empty(await RunAsync(new DisclosureRun(onRedis, kills: 10)));

    [Fact]
    public async Task A_service_that_sends_before_it_records_is_found_out()
    {
        for (var run = 1; run <= MaxRuns; run++)
        {
            if ((await RunAsync(new DisclosureRun(onRedis: false, kills: 5, bug: "SendBeforeRecord")))
                .Any(finding => finding.StartsWith("unrecorded:", StringComparison.Ordinal)))
                return;
        }
        Assert.Fail($"{MaxRuns} runs did not find it out");
    }

    private async Task<IReadOnlyList<string>> RunAsync(DisclosureRun run)
    {
        var seed = Environment.GetEnvironmentVariable("GRPCCREDS_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var findings = await run.RunAsync(seed);
        output.WriteLine($"{run.Received} times a caller received a revision; {findings.Count} findings");
        return findings;
    }
}
