using System.Text;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Encryption;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Credentials;

/// <summary>Makes of a decision what the store commits: the sealed record, its audit entry, the request to remember, the next due time.</summary>
internal sealed class CommitMaker(RecordSealer records, Sealer sealer, TimeProvider clock)
{
    /// <summary>The commit that follows a rev: higher than it, and no lower than the clock in µs, so that no rev is ever used twice.</summary>
    public Moment Next(long rev)
    {
        var now = clock.GetUtcNow();
        return new Moment(Math.Max(rev + 1, (now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond), now);
    }

    public (Commit Commit, Reading Reading) Make(TenantRecord before, Decision.Changed changed, Origin origin, RequestKey request, long seqSeen)
    {
        var after = changed.State;
        var stored = records.Seal(after);
        var now = clock.GetUtcNow();
        var audit = new AuditEntry(after.Tenant, after.Rev, after.Revision, now, origin, request.Id, changed.Result.ToString(), Fingerprint(after));
        var commit = new Commit
        {
            Tenant = after.Tenant,
            Request = new RequestEntry(request.Id, now, request.Fingerprint, after.Rev, changed.Result.ToString()),
            ReadRev = before.Rev,
            Record = stored,
            Due = Rules.Due(after),
            Audit = audit.Seal(sealer),
            Ends = changed.Ends is { } ends ? new RequestResult(ends.RequestId, ends.Result.ToString()) : null,
            SeqSeen = seqSeen,
        };
        return (commit, Reading.Of(after, stored));
    }

    // Of the credential an administrator last gave: the candidate while there is one.
    private string? Fingerprint(TenantRecord record) => (record.Password.Candidate ?? record.Password.Current) is { } credential
        ? Convert.ToHexStringLower(sealer.Keys.Fingerprint(Encoding.UTF8.GetBytes(
            $"password\0{credential.UseSandbox}\0{credential.Username}\0{credential.Password.Reveal()}\0{credential.SecurityToken.Reveal()}")).AsSpan(0, 8))
        : null;
}
