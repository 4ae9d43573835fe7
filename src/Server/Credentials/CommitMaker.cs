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
        var audit = new AuditEntry(after.Tenant, after.Rev, after.Revision, now, origin, request.Id, changed.Result.ToString(), Fingerprint(before, after));
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

    // Of what the commit is about: a grant if it changed OAuth mode, else the password; the candidate's while there is one.
    private string? Fingerprint(TenantRecord before, TenantRecord after)
    {
        var secret = after.OAuth != before.OAuth
            ? (after.OAuth.Candidate?.Grant ?? after.OAuth.Current?.Grant) is { } grant ? $"grant\0{grant.RefreshToken.Reveal()}" : null
            : (after.Password.Candidate ?? after.Password.Current) is { } password
                ? $"password\0{password.UseSandbox}\0{password.Username}\0{password.Password.Reveal()}\0{password.SecurityToken.Reveal()}"
                : null;
        return secret is null ? null : Convert.ToHexStringLower(sealer.Keys.Fingerprint(Encoding.UTF8.GetBytes(secret)).AsSpan(0, 8));
    }
}
