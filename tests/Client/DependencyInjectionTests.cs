using Grpc.Core;
using GrpcCreds.Client;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.Client;

public sealed class DependencyInjectionTests
{
    [Fact]
    public async Task The_container_hands_out_one_watch_and_ends_it()
    {
        await using var server = await ScriptedServer.StartAsync();
        CredentialSource source;
        await using (var provider = new ServiceCollection().AddGrpcCredsClient(options => options.Address = server.Address).BuildServiceProvider())
        {
            var watch = provider.GetRequiredService<CredentialWatch>();
            Assert.Same(watch, provider.GetRequiredService<CredentialWatch>());
            source = watch.For("acme");
            var stream = await server.NextStreamAsync();
            Assert.Equal("", stream.Request.NodeId);
            await stream.SendAsync(Say.Session("acme", 1));
            await source.Holds(1);
        }
        Assert.Equal(SourceState.Stopped, source.State);
    }

    [Fact]
    public async Task A_container_that_is_disposed_of_without_waiting_ends_the_watch_too()
    {
        await using var server = await ScriptedServer.StartAsync();
        var provider = new ServiceCollection().AddGrpcCredsClient(options => options.Address = server.Address).BuildServiceProvider();
        var source = provider.GetRequiredService<CredentialWatch>().For("acme");

        ((IDisposable)provider).Dispose();

        await source.Becomes(SourceState.Stopped);
    }

    [Fact]
    public async Task The_generated_client_sends_the_caller_headers_over_h2c_and_logs_none_of_them()
    {
        await using var server = await ScriptedServer.StartAsync();
        var logs = FakeLogCollector.Create(new FakeLogCollectorOptions());
        await using var provider = new ServiceCollection()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new FakeLoggerProvider(logs)))
            .AddGrpcCredsClient(options =>
            {
                options.Address = server.Address;
                options.CallerHeaders = (refused, _) => ValueTask.FromResult(new Metadata { { "authorization", $"Bearer {Say.Canary}" } });
            })
            .BuildServiceProvider();

        var answer = await provider.GetRequiredService<SyncCredentials.SyncCredentialsClient>()
            .GetCredentialStatusAsync(new GetCredentialStatusRequest { TenantId = "acme" }, cancellationToken: TestContext.Current.CancellationToken)
            .ResponseAsync.Soon("an answer");

        Assert.Equal(("acme", $"Bearer {Say.Canary}"), (answer.Status.TenantId, answer.Status.Advice));
        Assert.NotEmpty(logs.GetSnapshot());
        Assert.All(logs.GetSnapshot(), line => Assert.DoesNotContain(Say.Canary, $"{line} {line.Exception}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_registered_clock_is_taken()
    {
        await using var server = await ScriptedServer.StartAsync();
        var time = new ObservedTime(3 * WatchedWorld.Interval);
        await using var provider = new ServiceCollection()
            .AddSingleton<TimeProvider>(time)
            .AddGrpcCredsClient(options => options.Address = server.Address)
            .BuildServiceProvider();
        provider.GetRequiredService<CredentialWatch>().For("acme");

        await time.PassWaitAsync();

        await server.NextStreamAsync();
    }

    [Fact]
    public async Task A_host_with_wrong_settings_does_not_start()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddGrpcCredsClient(options => options.NodeId = "node 1");
        using var host = builder.Build();

        var refusal = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Equal(2, refusal.Failures.Count());
    }
}
