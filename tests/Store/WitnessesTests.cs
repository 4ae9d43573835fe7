using System.Diagnostics;
using System.Net;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>Servers that are asked again and again, of which some are slow.</summary>
public sealed class WitnessesTests
{
    private static readonly string[][] Question = [["CLUSTER", "NODES"]];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_frozen_server_delays_the_others_once_and_counts_again_when_it_answers()
    {
        using var thawed = new ManualResetEventSlim(true);
        await using var one = new ScriptedRedis(_ =>
        {
            thawed.Wait(Token);
            return "+OK\r\n";
        });
        await using var other = new ScriptedRedis(_ => "+OK\r\n");
        using var witnesses = New();
        EndPoint[] servers = [IPEndPoint.Parse(one.Address), IPEndPoint.Parse(other.Address)];
        await Waiting.UntilAsync(async () => (await witnesses.AskAsync(servers, Question, Token)).Count == 2, "both answer");

        thawed.Reset();
        await witnesses.AskAsync(servers, Question, Token);
        var watch = Stopwatch.StartNew();
        for (var round = 0; round < 20; round++)
            await witnesses.AskAsync(servers, Question, Token);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"20 rounds took {watch.Elapsed}");
        thawed.Set();
        await Waiting.UntilAsync(async () => (await witnesses.AskAsync(servers, Question, Token)).Count == 2, "both answer again");
        Assert.Empty(witnesses.Failures);
    }

    [Fact]
    public async Task A_server_that_is_always_a_little_slow_is_not_silent_for_ever()
    {
        var wait = TimeSpan.FromMilliseconds(600);
        await using var server = new ScriptedRedis(_ =>
        {
            Thread.Sleep(wait);
            return "+OK\r\n";
        });
        using var witnesses = New();
        EndPoint[] servers = [IPEndPoint.Parse(server.Address)];
        Assert.Empty(await witnesses.AskAsync(servers, Question, Token));
        wait = TimeSpan.FromMilliseconds(100);
        await Waiting.UntilAsync(
            async () =>
            {
                await Task.Delay(20, Token);
                return (await witnesses.AskAsync(servers, Question, Token)).Count == 1;
            },
            "it answers");
    }

    [Fact]
    public async Task An_answer_that_is_late_is_not_taken_for_a_later_question()
    {
        using var thawed = new ManualResetEventSlim(false);
        var answer = "+old\r\n";
        await using var server = new ScriptedRedis(_ =>
        {
            var now = answer;
            thawed.Wait(Token);
            return now;
        });
        using var witnesses = New();
        EndPoint[] servers = [IPEndPoint.Parse(server.Address)];
        Assert.Empty(await witnesses.AskAsync(servers, Question, Token));
        answer = "+new\r\n";
        thawed.Set();
        IReadOnlyList<(EndPoint Server, Resp[] Answers)> said = [];
        await Waiting.UntilAsync(async () => (said = await witnesses.AskAsync(servers, Question, Token)).Count == 1, "it answers");
        Assert.Equal("new", said[0].Answers[0].Text);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_said_and_counts_when_it_is()
    {
        using var witnesses = New();
        EndPoint[] servers = [IPEndPoint.Parse("127.0.0.1:1")];
        Assert.Empty(await witnesses.AskAsync(servers, Question, Token));
        Assert.Equal(servers[0], Assert.Single(witnesses.Failures).Server);
        await using var server = new ScriptedRedis(_ => "+OK\r\n");
        servers = [.. servers, IPEndPoint.Parse(server.Address)];
        await Waiting.UntilAsync(async () => (await witnesses.AskAsync(servers, Question, Token)).Count == 1, "it answers");
    }

    private static Witnesses New() => new(RedisSettings.Parse("127.0.0.1:1", new StoreOptions()).Redis);
}
