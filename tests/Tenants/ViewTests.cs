using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.Server.Tenants.Rules;
using Xunit;

namespace GrpcCreds.Tests.Tenants;

public sealed class ViewTests
{
    private static readonly TenantId Acme = TenantId.Parse("acme");

    private readonly View view = new();

    [Fact]
    public async Task A_new_watcher_does_not_join_a_read_from_before_the_last_one_left()
    {
        var slow = new TaskCompletionSource<RecordSnapshot>();
        using (view.Watch(Acme, _ => { }))
            _ = view.HeldOrReadAsync(Acme, () => slow.Task);
        view.Offer(At(2));
        using var watch = view.Watch(Acme, _ => { });
        Assert.Equal(2, (await view.HeldOrReadAsync(Acme, () => Task.FromResult(At(2)))).Rev);
        slow.SetResult(At(1));
    }

    [Fact]
    public async Task All_who_ask_at_the_same_time_share_one_read()
    {
        var reads = 0;
        var slow = new TaskCompletionSource<RecordSnapshot>();
        using var watch = view.Watch(Acme, _ => { });
        Task<RecordSnapshot> Read()
        {
            Interlocked.Increment(ref reads);
            return slow.Task;
        }
        var readings = Enumerable.Range(0, 100).Select(_ => view.HeldOrReadAsync(Acme, Read)).ToList();
        slow.SetResult(At(1));
        Assert.Single((await Task.WhenAll(readings)).Distinct());
        Assert.Equal(1, reads);
    }

    [Fact]
    public void A_tenant_only_goes_forward()
    {
        var told = 0;
        using var watch = view.Watch(Acme, _ => told++);
        view.Offer(At(2));
        view.Offer(At(1));
        view.Offer(At(2));
        Assert.Equal((2, 2, 1), (view.Held(Acme)!.Rev, view.KnownRev(Acme), told));
    }

    [Fact]
    public void A_tenant_that_never_was_leaves_no_trace()
    {
        view.Offer(RecordSnapshot.Of(new TenantRecord { Tenant = Acme }, null));
        view.Watch(Acme, _ => { }).Dispose();
        Assert.Empty(view.Tenants);
        Assert.Null(view.Held(Acme));
    }

    [Fact]
    public void A_state_that_was_brought_back_stays_known_as_such_until_an_administrator_writes()
    {
        var lost = new TenantRecord { Tenant = Acme, Rev = 5, ActiveMode = Mode.Password, Password = new(Credential, null) };
        var healed = Apply(lost, new Command.Heal(), 11);
        var wanted = Apply(healed, new Command.Want(), 12);
        var again = Apply(wanted, new Command.Heal(), 13);
        var written = Apply(again, new Command.SetActiveMode { By = "test", RequestId = Guid.NewGuid(), Mode = Mode.Off }, 14);
        Assert.Equal([5, 5, 5, null], new[] { healed, wanted, again, written }.Select(record => record.HealedFrom));
    }

    [Fact]
    public void A_stream_to_nodes_is_woken_only_by_what_nodes_are_told_while_they_have_a_session()
    {
        var (published, commits) = (0, 0);
        using var node = view.WatchPublished(Acme, _ => published++);
        using var status = view.Watch(Acme, _ => commits++);
        TenantRecord Serving(long rev, long revision) => new()
        {
            Tenant = Acme,
            Rev = rev,
            Revision = revision,
            ActiveMode = Mode.Password,
            Password = new(Credential with { Renewal = SessionRenewal.None with { Session = Session } }, null),
        };
        void Offer(TenantRecord record) => view.Offer(RecordSnapshot.Of(record, new StoredRecord(record.Rev, "key", new byte[1])));
        Offer(Serving(1, 1));
        // A claim, and what else is committed without anything new for nodes.
        Offer(Serving(2, 1));
        Offer(Serving(3, 1));
        Offer(Serving(4, 4));
        Assert.Equal((2, 4), (published, commits));
        // The session has ended: whoever waits for the next one looks at each commit.
        Offer(new TenantRecord { Tenant = Acme, Rev = 5, Revision = 5, ActiveMode = Mode.Password, Password = new(Credential, null) });
        Offer(new TenantRecord { Tenant = Acme, Rev = 6, Revision = 5, ActiveMode = Mode.Password, Password = new(Credential, null) });
        Assert.Equal((4, 6), (published, commits));
        // And so it is with a record that does not open.
        view.Offer(RecordSnapshot.Unreadable(Acme, new StoredRecord(7, "key", new byte[1])));
        Offer(Serving(8, 5));
        Assert.Equal((6, 8), (published, commits));
    }

    private static readonly PasswordCredential Credential = new()
    {
        CredentialId = 1, Username = "ann", Password = new("p"), SecurityToken = new(""), UseSandbox = false, SetTime = default, SetBy = "test",
    };

    private static readonly SalesforceSession Session = new()
    {
        AccessToken = new("t"), InstanceUrl = "https://acme.test", Identity = new("org", "user"), ExpectedExpireTime = DateTimeOffset.MaxValue,
        LoginUrl = "https://login.test",
    };

    private static TenantRecord Apply(TenantRecord state, Command command, long rev) =>
        Assert.IsType<Decision.Changed>(RecordRules.Apply(state, command, new Moment(rev, DateTimeOffset.UnixEpoch.AddYears(56)))).State;

    private static RecordSnapshot At(long rev) => RecordSnapshot.Of(new TenantRecord { Tenant = Acme, Rev = rev }, new StoredRecord(rev, "main", default));
}
