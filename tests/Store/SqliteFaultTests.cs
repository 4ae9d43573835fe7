using System.Diagnostics;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Sqlite;
using GrpcCreds.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>Faults of the embedded store's directory, file and disk.</summary>
public sealed class SqliteFaultTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("grpccreds-store-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public async Task The_directory_and_its_files_are_the_owners_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes");
            return;
        }
        var data = Path.Combine(directory, "a", "data");
        await using var store = await OpenAsync(data);
        await CommitAsync(store, 1, 0);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(data));
        string[] files = [.. Directory.GetFiles(data).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];
        Assert.Equal(["lock", "store.db", "store.db-shm", "store.db-wal"], files);
        foreach (var file in files)
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(data, file)));
    }

    [Fact]
    public async Task A_second_store_on_the_directory_is_refused_until_the_first_is_gone()
    {
        var first = await OpenAsync(directory);
        await using var second = New(directory);

        var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => second.OpenAsync(Token));

        Assert.Equal(StoreReason.InUse, refused.Reason);
        Assert.Contains(directory, refused.Message, StringComparison.Ordinal);
        Assert.Contains("Store:DataDirectory", refused.Message, StringComparison.Ordinal);
        await first.DisposeAsync();
        Assert.NotNull(await second.OpenAsync(Token));
    }

    [Fact]
    public async Task A_lock_of_a_killed_process_does_not_stay()
    {
        var flock = Tools.Need("flock");
        var path = Path.Combine(directory, "lock");
        await File.WriteAllTextAsync(path, "", Token);
        // --no-fork: the lock is held by the process we kill.
        using var other = Process.Start(flock, ["--exclusive", "--no-fork", path, Tools.Need("sleep"), "60"]);
        await using var store = New(directory);
        try
        {
            await UntilAsync(() => Held(path));
            Assert.Equal(StoreReason.InUse, (await Assert.ThrowsAsync<StoreRefusedException>(() => store.OpenAsync(Token))).Reason);
        }
        finally
        {
            other.Kill();
            await other.WaitForExitAsync(Token);
        }

        Assert.Null(await store.OpenAsync(Token));
    }

    [Fact]
    public async Task A_directory_that_cannot_be_written_is_refused()
    {
        // Even root may make no directory in /sys; and a file is no directory.
        var file = Path.Combine(directory, "file");
        await File.WriteAllTextAsync(file, "", Token);
        foreach (var path in OperatingSystem.IsLinux() ? [file, "/sys/grpccreds"] : new[] { file })
        {
            await using var store = New(path);
            var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => store.OpenAsync(Token));
            Assert.Equal(StoreReason.NotWritable, refused.Reason);
            Assert.Contains(path, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_file_that_is_not_ours_is_refused_and_left_as_it_is()
    {
        var file = Path.Combine(directory, "store.db");
        await File.WriteAllTextAsync(file, new string('x', 5000), Token);
        await using (var store = New(directory))
            Assert.Contains("damaged", (await Assert.ThrowsAsync<StoreRefusedException>(() => store.OpenAsync(Token))).Message, StringComparison.Ordinal);
        Assert.Equal(new string('x', 5000), await File.ReadAllTextAsync(file, Token));

        File.Delete(file);
        await RunAsync("PRAGMA user_version = 99");
        await using var newer = New(directory);
        Assert.Equal(StoreReason.Foreign, (await Assert.ThrowsAsync<StoreRefusedException>(() => newer.OpenAsync(Token))).Reason);
    }

    [Fact]
    public async Task A_full_disk_fails_commits_and_heals_when_there_is_room()
    {
        var disk = Path.Combine(directory, "disk");
        Directory.CreateDirectory(disk);
        Assert.SkipUnless(await MountAsync("-t", "tmpfs", "-o", "size=1m", "none", disk), "a small disk can only be mounted by root on Linux");
        try
        {
            await using var store = await OpenAsync(Path.Combine(disk, "data"));
            var filler = Path.Combine(disk, "filler");
            await CommitAsync(store, 1, 0);
            var rev = 1;
            Commit failed;
            while (true)
            {
                failed = NewCommit(rev + 1, rev, size: 20_000);
                try
                {
                    await store.CommitAsync(failed, Token);
                    rev++;
                }
                catch (StoreUnavailableException exception)
                {
                    Assert.Contains("disk is full", exception.Message, StringComparison.Ordinal);
                    break;
                }

                await File.AppendAllTextAsync(filler, new string('x', 20_000), Token);
            }

            Assert.Equal([rev], await store.RevsAsync([Acme], Token));
            Assert.Null(await store.RequestAsync(Acme, failed.Request.Id, Token));

            File.Delete(filler);
            Assert.IsType<CommitOutcome.Committed>(await store.CommitAsync(failed, Token));
            Assert.Equal([rev + 1], await store.RevsAsync([Acme], Token));
        }
        finally
        {
            using var umount = Process.Start(Tools.Need("umount"), [disk]);
            await umount.WaitForExitAsync(Token);
        }
    }

    [Fact]
    public async Task A_file_removed_under_the_store_is_found()
    {
        await using var store = await OpenAsync(directory);
        File.Delete(Path.Combine(directory, "store.db"));
        Assert.Equal(StoreReason.Unsafe, (await store.CheckAsync(Token))!.Reason);
    }

    [Fact]
    public async Task Closing_writes_what_waits_and_takes_nothing_more()
    {
        var store = await OpenAsync(directory);
        var waiting = Enumerable.Range(0, 1000).Select(i => store.CommitAsync(NewCommit(1, 0, tenant: $"t{i}"), Token)).ToList();

        await store.DisposeAsync();

        Assert.All(await Task.WhenAll(waiting), outcome => Assert.IsType<CommitOutcome.Committed>(outcome));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CommitAsync(NewCommit(2, 1), Token));
        await using var again = New(directory);
        await again.OpenAsync(Token);
        Assert.Equal(1000, (await again.ChangesSinceAsync(0, 0, Token)).Tenants.Count);
    }

    [Fact]
    public async Task A_commit_that_finds_the_file_locked_says_so()
    {
        await using var store = await OpenAsync(directory, TimeSpan.FromSeconds(1));
        await using var other = new SqliteConnection($"Data Source={directory}/store.db;Pooling=False");
        await other.OpenAsync(Token);
        await using (await other.BeginTransactionAsync(Token))
            await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CommitAsync(NewCommit(1, 0), Token));

        // A write cancelled while it waited may or may not have been written; reading the rev shows which.
        await UntilAsync(async () =>
            await TryAsync(() => store.CommitAsync(NewCommit(1, 0), Token)) is CommitOutcome.Committed or CommitOutcome.Conflict);
        Assert.Equal([1L], await store.RevsAsync([Acme], Token));
    }

    private static readonly TenantId Acme = TenantId.Parse("acme");

    private static SqliteStore New(string path, TimeSpan? timeout = null) =>
        new(Options.Create(new StoreOptions { DataDirectory = path, CommandTimeout = timeout ?? TimeSpan.FromSeconds(20) }));

    private static async Task<SqliteStore> OpenAsync(string path, TimeSpan? timeout = null)
    {
        var store = New(path, timeout);
        Assert.Null(await store.OpenAsync(Token));
        await store.CreateMetaAsync(new StoreMeta("deployment-1", 1, 1, new Dictionary<string, string>()), Token);
        return store;
    }

    private static Commit NewCommit(long rev, long read, int size = 600, string tenant = "acme") => new()
    {
        Tenant = TenantId.Parse(tenant),
        Request = new RequestEntry(Guid.NewGuid(), DateTimeOffset.UnixEpoch, new byte[32], rev, "DONE"),
        ReadRev = read,
        Record = new StoredRecord(rev, "key-1", new byte[size]),
        Due = null,
        Audit = new byte[100],
        SeqSeen = 0,
    };

    private static async Task CommitAsync(SqliteStore store, long rev, long read) =>
        Assert.IsType<CommitOutcome.Committed>(await store.CommitAsync(NewCommit(rev, read), Token));

    private static async Task<CommitOutcome?> TryAsync(Func<Task<CommitOutcome>> commit)
    {
        try
        {
            return await commit();
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private async Task RunAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={directory}/store.db;Pooling=False");
        await connection.OpenAsync(Token);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Token);
    }

    private static async Task<bool> MountAsync(params string[] arguments)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            return false;
        using var mount = Process.Start(new ProcessStartInfo(Tools.Need("mount"), arguments) { RedirectStandardError = true })!;
        await mount.WaitForExitAsync(Token);
        return mount.ExitCode == 0;
    }

    private static bool Held(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await condition())
            await Task.Delay(10, patience.Token);
    }
}
