using System.Reflection;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Sqlite;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.Api;

/// <summary>The store makes the commit that keeps a renewed token, and its acknowledgement does not come for longer than a commit is sent again.</summary>
public sealed class LateAcknowledgementTests : OAuthServiceTest
{
    private SilentStore store = null!;

    private protected override void Configure(IServiceCollection services)
    {
        base.Configure(services);
        services.AddSingleton(provider =>
        {
            var proxy = DispatchProxy.Create<IStore, SilentStore>();
            store = (SilentStore)(object)proxy;
            store.Inner = new SqliteStore(provider.GetRequiredService<IOptions<StoreOptions>>());
            return proxy;
        });
    }

    [Fact]
    public async Task The_token_that_came_is_in_force_and_is_not_revoked_as_one_too_many()
    {
        Service.ExpectedErrors = _ => true;
        Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = true });
        await Client.ConnectAsync();
        var (watch, _) = await Client.OpenWatchAsync();
        using var __ = watch;
        store.IsSilent = () => Refreshes > 0;
        Clock.Advance(TimeSpan.FromMinutes(12.5));
        await Waiting.UntilAsync(() => store.Swallowed > 0, "the commit is made");
        var seconds = 0;
        await Waiting.UntilAsync(() => Passed(TimeSpan.FromSeconds(1)) && ++seconds > 30 && store.Refused > 0, "it was sent again for longer than a commit is");
        store.IsSilent = () => false;
        await Waiting.UntilAsync(() => Passed(TimeSpan.FromSeconds(0.5)) && watch.ResponseStream.MoveNext(default).IsCompleted, "nodes have the new session");

        // A token due to be revoked would be revoked at once.
        for (var look = 0; look < 100; look++)
        {
            Passed(TimeSpan.FromSeconds(0.1));
            await Task.Delay(20, TestContext.Current.CancellationToken);
            Assert.DoesNotContain(Simulator.Requests(), request => request.Path == "/services/oauth2/revoke");
        }
        Assert.Null(Simulator.Grants().Single().End);
    }

    private bool Passed(TimeSpan time)
    {
        Clock.Advance(time);
        return true;
    }

    /// <summary>Makes one commit without a word, and refuses all after it.</summary>
    public class SilentStore : DispatchProxy
    {
        private int swallowed;
        private int refused;

        internal IStore Inner { get; set; } = null!;

        internal Func<bool> IsSilent { get; set; } = () => false;

        internal int Swallowed => Volatile.Read(ref swallowed);

        internal int Refused => Volatile.Read(ref refused);

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name != nameof(IStore.CommitAsync) || !IsSilent())
                return targetMethod.Invoke(Inner, args);
            if (Interlocked.CompareExchange(ref swallowed, 1, 0) != 0)
            {
                Interlocked.Increment(ref refused);
                return Task.FromException<CommitOutcome>(new StoreUnavailableException("frozen"));
            }
            return SwallowAsync((Task)targetMethod.Invoke(Inner, args)!);
        }

        private static async Task<CommitOutcome> SwallowAsync(Task made)
        {
            await made;
            throw new StoreUnavailableException("no answer");
        }
    }
}
