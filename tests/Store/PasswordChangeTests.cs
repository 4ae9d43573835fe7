using System.Globalization;
using GrpcCreds.Server.Store;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>The password is changed, in Redis and in the file, while the store is used, with replicas that confirm.</summary>
public sealed class PasswordChangeTests(SharedPair servers) : IClassFixture<SharedPair>, IAsyncLifetime
{
    private const string User = "service";

    private static readonly TenantId Acme = TenantId.Parse("acme");

    private readonly OpenStores stores = new();
    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string PasswordFile => Path.Combine(directory.Path, "redis-password");

    private RedisOptions SignIn => new() { User = User, PasswordFile = PasswordFile };

    public async ValueTask InitializeAsync()
    {
        await servers.Topology.Nodes[0].AskAsync("FLUSHALL");
        await AllowAsync("reset", "on", ">one", "~*", "&*", "+@all");
        Write("one");
    }

    public async ValueTask DisposeAsync()
    {
        await stores.DisposeAsync();
        directory.Dispose();
    }

    [Fact]
    public async Task A_change_while_both_passwords_are_good_fails_no_operation()
    {
        var store = await stores.OpenAsync(servers.Topology, signIn: SignIn);
        using var ending = new CancellationTokenSource();
        var writing = Task.WhenAll(Enumerable.Range(0, 4).Select(async number =>
        {
            var rev = 0L;
            for (; !ending.IsCancellationRequested; rev++)
                Assert.IsType<CommitOutcome.Committed>(await store.CommitAsync(OpenStores.Commit(TenantId.Parse($"t-{number}"), rev + 1, rev), Token));
            return rev;
        }));
        await AllowAsync(">two");
        var newest = await NewestConnectionAsync();
        Write("two");
        await Waiting.UntilAsync(async () => await NewestConnectionAsync() > newest, "connections are made with the new password");
        await AllowAsync("<one");
        await Task.Delay(500, Token);
        await ending.CancelAsync();
        Assert.All(await writing, rev => Assert.True(rev > 1));
        Assert.Null(await store.CheckAsync(Token));
    }

    [Fact]
    public async Task A_change_that_breaks_the_connections_is_over_once_the_file_has_it()
    {
        var store = await stores.OpenAsync(servers.Topology, TimeSpan.FromSeconds(2), SignIn);
        Assert.IsType<CommitOutcome.Committed>(await store.CommitAsync(OpenStores.Commit(Acme, 1, 0), Token));
        await AllowAsync("resetpass", ">two");
        await servers.Topology.Nodes[0].AskAsync("CLIENT", "KILL", "USER", User);
        await Assert.ThrowsAnyAsync<StoreUnavailableException>(() => store.CommitAsync(OpenStores.Commit(Acme, 2, 1), Token));
        Assert.Contains("WRONGPASS", (await store.CheckAsync(Token))!.Text, StringComparison.Ordinal);
        Write("two");
        await Waiting.UntilAsync(
            async () =>
            {
                try
                {
                    return (await store.ReadAsync([Acme], Token))[0].Record is not null && await store.CheckAsync(Token) is null;
                }
                catch (StoreUnavailableException)
                {
                    return false;
                }
            },
            "the new password is used");
        var rev = (await store.ReadAsync([Acme], Token))[0].Record!.Rev;
        Assert.IsType<CommitOutcome.Committed>(await store.CommitAsync(OpenStores.Commit(Acme, 3, rev), Token));
    }

    private async Task<long> NewestConnectionAsync() =>
        (await servers.Topology.Nodes[0].AskAsync("CLIENT", "LIST")).Text.Split('\n').Where(line => line.Contains($" user={User} ", StringComparison.Ordinal))
            .Max(line => long.Parse(line.Split(' ')[0]["id=".Length..], CultureInfo.InvariantCulture));

    // The replica keeps its own users.
    private async Task AllowAsync(params string[] rules)
    {
        foreach (var node in servers.Topology.Nodes)
            await node.AskAsync(["ACL", "SETUSER", User, .. rules]);
    }

    private void Write(string password)
    {
        File.WriteAllText(PasswordFile, password);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(PasswordFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
