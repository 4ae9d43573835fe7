using System.Reflection;
using GrpcCreds.SalesforceSimulator;
using Xunit;

namespace GrpcCreds.Tests.Faults.Canary;

/// <summary>A unique secret in every place for one, and no trace of any where none may be.</summary>
[Collection(OneAtATime.Name)]
public sealed class CanaryTests(ITestOutputHelper output)
{
    private static readonly string[] SinksOfBoth =
        ["log", "otlp metrics", "otlp traces", "process cmdline", "process environ", "health", "answer of ListAuditEvents",
            "answer of GetCredentialStatus", "error of", "trailer grpc-status-details-bin", "page"];

    private static readonly string[] SinksOfRedis =
        ["redis: appendonlydir", "redis: dump.rdb", "redis monitor", "redis SLOWLOG", "redis CLIENT LIST", "redis INFO", "redis log"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_secret_comes_out_of_the_service_where_none_may_be(bool onRedis)
    {
        await using var run = new CanaryRun(onRedis);
        var findings = await run.RunAsync();
        var (sinks, witness) = (run.World.Sinks, run.World.Witness);
        foreach (var finding in findings)
            output.WriteLine($"{finding}");
        output.WriteLine($"{run.World.Canaries.Searched.Count} secrets, {sinks.All.Count} sinks with {sinks.Size("")} bytes");

        Assert.All((string[])[.. SinksOfBoth, .. onRedis ? SinksOfRedis : ["data: store.db"]],
            sink => Assert.True(sinks.Size(sink) > 0, $"nothing was seen of '{sink}'"));
        Assert.All(CanaryWorld.Contract.Methods,
            method => Assert.True(witness.Accepted.ContainsKey(method.Name), $"{method.Name} never went well: the story needs it"));
        Assert.All(CanaryWorld.Contract.Methods, method => Assert.True(witness.Refused.ContainsKey(method.Name), $"{method.Name} was never refused"));
        Assert.Empty(findings);
    }

    [Theory]
    [InlineData("RequestInLog", "log", "password")]
    [InlineData("RecordUnsealed", "data: store.db", "password")]
    public async Task A_service_that_lets_a_secret_out_is_found_out(string bug, string sink, string use)
    {
        await using var run = new CanaryRun(onRedis: false, bug);
        Assert.Contains(await run.RunStoryAsync(), found => found.Sink.StartsWith(sink, StringComparison.Ordinal) && found.Use == use);
    }

    [Fact]
    public async Task On_Redis_it_is_found_out_in_every_place_where_Redis_shows_it()
    {
        await using var run = new CanaryRun(onRedis: true, "RecordUnsealed");
        var sinks = (await run.RunStoryAsync()).Select(found => found.Sink).ToHashSet();
        Assert.All((string[])["redis: appendonlydir", "redis: dump.rdb", "redis monitor"],
            place => Assert.Contains(sinks, sink => sink.StartsWith(place, StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_failure_that_a_script_knows_is_tried()
    {
        var known = typeof(Failure).GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Where(method => method.ReturnType == typeof(Failure)).Select(method => method.Name);
        Assert.Equal(known.Order(), SalesforceFaults.Rows.Keys.Order());
    }
}
