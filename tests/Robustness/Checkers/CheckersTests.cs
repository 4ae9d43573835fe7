using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Robustness.Traffic;
using Xunit;

namespace GrpcCreds.Tests.Robustness.Checkers;

/// <summary>A good history passes, and each way of being wrong is found: a checker that finds nothing would let everything pass.</summary>
public sealed class CheckersTests
{
    private const string Tenant = "acme";

    private readonly History history = new();
    private readonly List<Entry> entries = [];
    private readonly HashSet<long> disclosed = [];
    private readonly List<PresentationEntry> presentations = [];
    private readonly Write first = NewWrite("ann", etag: null), second = NewWrite("bob", etag: "e-ann"), third = NewWrite("cid", etag: "e-bob");
    private string? chain;
    private TokenEnd? grantEnd;

    public CheckersTests()
    {
        foreach (var (write, rev) in new[] { (first, 1), (second, 2), (third, 3) })
        {
            history.Writes.Enqueue(write);
            entries.Add(new(rev, rev, $"{write.RequestId}", "SetPasswordCredential", "STAGED"));
            Answer(write, 10 * rev, (10 * rev) + 5, rev);
            Tell("status", (10 * rev) + 6, Status(write.User, rev));
            Tell("node", (10 * rev) + 7, Session(write.User, rev));
            disclosed.Add(rev);
        }
        ReadStatus(40, 41, "cid", 3);
        history.Beats.Enqueue(new("node", 1, 50, 45, [Tenant]));
        history.Beats.Enqueue(new("status", 1, 50, 45, [Tenant]));
        Present();
    }

    [Fact]
    public void A_good_round_has_no_violation() => Assert.Empty(Check());

    [Fact]
    public void A_write_that_was_acknowledged_and_is_gone_is_found()
    {
        entries.RemoveAt(2);
        Finds("lost:");
    }

    [Fact]
    public void A_loss_that_was_repaired_is_found()
    {
        entries.Add(new(4, 4, "r", "ROLLED_BACK", "NONE"));
        Finds("lost:");
    }

    [Fact]
    public void A_gap_in_the_chain_is_found()
    {
        chain = "number 2 is missing";
        Finds("lost:");
    }

    [Fact]
    public void Two_states_with_one_etag_are_found()
    {
        history.Reads.Enqueue(new(1, 35, 36, null, new(Tenant, 3, "e-cid", ["bob"])));
        Finds("fork:");
    }

    [Fact]
    public void A_write_that_was_applied_twice_is_found()
    {
        entries.Add(entries[2] with { Rev = 4, Revision = 4 });
        Finds("fork:");
    }

    [Fact]
    public void Two_writes_that_replaced_the_same_state_are_found()
    {
        Write(NewWrite("dan", etag: "e-bob"), rev: 4);
        Finds("fork:");
    }

    [Fact]
    public void A_write_between_the_compared_state_and_its_successor_is_found()
    {
        Write(NewWrite("dan", etag: "e-bob") with { Etag = "e-ann" }, rev: 4);
        history.Attempts.Clear();
        Answer(history.Writes.Last(), 60, 61, 4);
        Finds("fork:");
    }

    [Fact]
    public void A_status_that_is_older_than_what_was_acknowledged_before_it_was_asked_for_is_found()
    {
        ReadStatus(42, 43, "bob", 2);
        Finds("stale:");
    }

    [Fact]
    public void An_active_credential_below_the_wanted_revision_is_found()
    {
        history.Reads.Enqueue(new(0, 42, 43, 3, Session("bob", 2)));
        Finds("stale:");
    }

    [Fact]
    public void A_write_that_stands_before_one_that_was_acknowledged_when_it_began_is_found()
    {
        entries.Reverse(1, 2);
        Finds("stale:");
    }

    [Fact]
    public void A_caller_that_is_told_an_older_revision_is_found()
    {
        Tell("node", 60, Session("bob", 2));
        Finds("back:");
    }

    [Fact]
    public void A_caller_that_is_told_an_older_status_is_found()
    {
        Tell("status", 60, Status("bob", 3));
        Finds("back:");
    }

    [Fact]
    public void A_state_that_was_shown_and_is_gone_is_found()
    {
        var unknown = NewWrite("dan", etag: null);
        history.Writes.Enqueue(unknown);
        Tell("status", 60, Status("dan", 3));
        Finds("vanished:");
    }

    [Fact]
    public void A_revision_that_was_shown_and_is_gone_is_found()
    {
        Tell("other", 60, Session("cid", 4));
        Finds("vanished:");
    }

    [Theory]
    [InlineData("node")]
    [InlineData("status")]
    public void A_heartbeat_that_claims_a_moment_when_more_was_acknowledged_is_found(string caller)
    {
        history.Beats.Enqueue(new(caller, 1, 34, 38, [Tenant]));
        Finds("dishonest:");
    }

    [Fact]
    public void A_heartbeat_that_says_that_the_tenant_is_stale_is_honest()
    {
        history.Beats.Enqueue(new("node", 1, 34, 38, []));
        Assert.Empty(Check());
    }

    [Fact]
    public void A_refresh_token_that_was_presented_twice_is_found()
    {
        Present();
        Finds("twice:");
    }

    [Fact]
    public void A_grant_that_was_lost_is_found()
    {
        grantEnd = TokenEnd.ReuseDetected;
        Finds("twice:");
    }

    [Fact]
    public void A_session_that_was_received_and_is_not_in_the_audit_is_found()
    {
        disclosed.Remove(2);
        Finds("not in the audit:");
    }

    [Fact]
    public void What_no_fault_excuses_is_a_violation()
    {
        history.Surprises.Enqueue("surprise: a write was answered with Internal");
        Finds("surprise:");
    }

    private static Write NewWrite(string user, string? etag) => new(Tenant, Guid.NewGuid(), user, etag, Activates: false);

    private static Shown Status(string user, long revision) => new(Tenant, revision, $"e-{user}", [user]);

    private static Shown Session(string user, long revision) => new(Tenant, revision, null, [user]);

    private void Write(Write write, long rev)
    {
        history.Writes.Enqueue(write);
        entries.Add(new(rev, rev, $"{write.RequestId}", "SetPasswordCredential", "STAGED"));
        Answer(write, 60, 61, rev);
    }

    private void Answer(Write write, long invoked, long returned, long revision) =>
        history.Attempts.Enqueue(new(write, 0, invoked, returned, IsRefused: false, Status(write.User, revision)));

    private void Tell(string caller, long at, Shown shown) => history.Messages.Enqueue(new(caller, 1, at, shown));

    private void ReadStatus(long invoked, long returned, string user, long revision) =>
        history.Reads.Enqueue(new(1, invoked, returned, null, Status(user, revision)));

    private void Present() => presentations.Add(new() { Endpoint = Endpoint.Token, StartTime = default, InParallel = 1 });

    private IReadOnlyList<string> Check()
    {
        var truth = new Truth(history, new Dictionary<string, TenantTruth> { [Tenant] = new(entries, disclosed, chain) });
        var token = new RefreshTokenEntry { Fingerprint = "f", IssueTime = default, EndTime = null, End = null, Presentations = presentations };
        return All.Find(history, truth,
        [
            new()
            {
                Number = 1, ConsumerKey = "", Username = "", OrgId = "", UserId = "", Scopes = [], ApproveTime = default, EndTime = null, End = grantEnd,
                RefreshTokens = [token], AccessTokens = [],
            },
        ]);
    }

    private void Finds(string kind) => Assert.Contains(Check(), violation => violation.StartsWith(kind, StringComparison.Ordinal));
}
