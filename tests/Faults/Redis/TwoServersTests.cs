using System.Diagnostics;
using Xunit;

namespace GrpcCreds.Tests.Faults.Redis;

[Collection(OneAtATime.Name)]
public sealed class TwoServersTests(ITestOutputHelper output)
{
    private const int Rounds = 5;

    [Fact]
    public async Task A_write_on_one_server_is_on_the_streams_of_the_other_within_a_second() =>
        Assert.True(await SlowestAsync(dropHints: false, bug: null, TimeSpan.FromSeconds(10)) < TimeSpan.FromSeconds(1));

    [Fact]
    public async Task Without_any_hint_it_is_there_within_two_seconds() =>
        Assert.True(await SlowestAsync(dropHints: true, bug: null, TimeSpan.FromSeconds(10)) < TimeSpan.FromSeconds(2));

    [Fact]
    public async Task A_server_that_believes_hints_only_is_found_out() =>
        Assert.Null(await SlowestAsync(dropHints: true, bug: "HintAsTruth", TimeSpan.FromSeconds(3)));

    /// <returns>The longest time from the answer to the other server's stream; null if something never came.</returns>
    private async Task<TimeSpan?> SlowestAsync(bool dropHints, string? bug, TimeSpan patience)
    {
        await using var deployment = await RedisDeployment.StartAsync();
        if (dropHints)
            await deployment.DropAllHintsAsync();
        var writing = await deployment.AddServiceAsync();
        var streaming = await deployment.AddServiceAsync(bug);
        await deployment.SetAsync(writing, "acme");
        await using var node = await Node.OpenAsync(streaming.Grpc, "acme");

        var slowest = TimeSpan.Zero;
        for (var round = 0; round < Rounds; round++)
        {
            var (revision, _) = await deployment.SetAsync(writing, "acme");
            var answered = Stopwatch.GetTimestamp();
            while (node.Revisions[^1] != revision)
            {
                if (Stopwatch.GetElapsedTime(answered) > patience)
                    return null;
                await Task.Delay(5, TestContext.Current.CancellationToken);
            }
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(answered).Ticks));
        }
        output.WriteLine($"slowest of {Rounds}: {slowest.TotalMilliseconds:N0} ms");
        return slowest;
    }
}
