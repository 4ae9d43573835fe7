using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults.Crash;

/// <summary>A good history passes, and each way of being wrong is found: a checker that finds nothing would let everything pass.</summary>
public sealed class CheckersTests
{
    private const string Tenant = "acme";
    private const string Set = "SetPasswordCredential";

    private readonly History history = new();
    private readonly List<Commitment> commits = [];
    private readonly Write first = new(Tenant, Guid.NewGuid(), WriteKind.SetPassword, "ann");
    private readonly Write second = new(Tenant, Guid.NewGuid(), WriteKind.SetPassword, "bob");
    private int logins = 1;
    private int seq = 4;
    private long? recordRev = 4;

    public CheckersTests()
    {
        Put(first, claim: 1, activation: 2, before: 0, "f1");
        Put(second, claim: 3, activation: 4, before: 2, "f2");
        Answer(first, 10, 20, 2);
        Answer(second, 30, 40, 4);
        Tell(25, 2, "ann");
        Tell(45, 4, "bob");
        history.Reads.Enqueue(new(46, 47, new(Tenant, 4, "bob")));
    }

    [Fact]
    public void A_good_run_has_no_violation() => Assert.Empty(Check());

    [Fact]
    public void A_write_that_was_answered_and_is_gone_is_found()
    {
        commits.RemoveRange(2, 2);
        (seq, recordRev) = (2, 2);
        Finds("lost:");
    }

    [Fact]
    public void A_write_that_was_claimed_but_never_activated_is_found()
    {
        commits.RemoveAt(3);
        (seq, recordRev) = (3, 3);
        Finds("lost:");
    }

    [Fact]
    public void A_revision_that_is_not_in_the_store_is_found()
    {
        Tell(50, 5, "bob");
        Finds("vanished:");
    }

    [Fact]
    public void Another_tenants_session_is_found()
    {
        history.Reads.Enqueue(new(48, 49, new(Tenant, 4, "ann")));
        Finds("wrong:");
    }

    [Fact]
    public void A_stream_that_goes_back_or_repeats_is_found()
    {
        Tell(50, 4, "bob");
        Finds("back:");
    }

    [Fact]
    public void A_read_that_is_older_than_what_was_shown_is_found()
    {
        history.Reads.Enqueue(new(60, 61, new(Tenant, 2, "ann")));
        Finds("stale:");
    }

    [Fact]
    public void A_record_that_does_not_open_is_found()
    {
        recordRev = null;
        Finds("half:");
    }

    [Fact]
    public void A_commit_without_its_audit_entry_is_found()
    {
        seq = 5;
        Finds("half:");
    }

    [Fact]
    public void A_request_that_was_applied_twice_is_found()
    {
        commits[2] = commits[2] with { RequestId = first.RequestId };
        Finds("twice:");
    }

    [Fact]
    public void A_login_without_a_claim_is_found()
    {
        logins = 2;
        Finds("twice:");
    }

    [Fact]
    public void A_revision_that_goes_back_in_the_store_is_found()
    {
        commits[2] = commits[2] with { Revision = 0 };
        Finds("lost update:");
    }

    [Fact]
    public void A_write_that_stands_before_one_that_was_answered_earlier_is_found()
    {
        history.Attempts.Clear();
        Answer(second, 10, 20, 4);
        Answer(first, 30, 40, 4);
        Finds("order:");
    }

    [Fact]
    public void A_repair_of_what_was_never_lost_is_found()
    {
        commits[2] = commits[2] with { Method = "ROLLED_BACK" };
        Finds("false alarm:");
    }

    private void Finds(string kind) => Assert.Contains(Check(), violation => violation.StartsWith(kind, StringComparison.Ordinal));

    private IReadOnlyList<string> Check() =>
        Checkers.All(history, new(seq, new Dictionary<string, DurableTenant> { [Tenant] = new(commits, recordRev, commits[^1].Revision) }), _ => logins);

    private void Put(Write write, long claim, long activation, long before, string fingerprint)
    {
        history.Writes.Enqueue(write);
        commits.Add(new(claim, before, Set, write.RequestId, "Pending", fingerprint));
        commits.Add(new(activation, activation, Set, Guid.NewGuid(), "Activated", fingerprint));
    }

    private void Answer(Write write, long invoked, long returned, long revision) => history.Attempts.Enqueue(
        new(write, invoked, returned, AttemptOutcome.Answered, WriteResult.Activated, new(Tenant, revision, revision == 2 ? "ann" : "bob")));

    private void Tell(long at, long revision, string state) => history.Messages.Enqueue(new(0, at, new(Tenant, revision, state)));
}
