using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>
/// A commit as one script, which Redis runs and writes to its append-only file as a whole. A script that fails halfway is not undone, so every
/// check that can fail comes before the first write (also for a key of a wrong type: each key is read once), and the first write is one that
/// Redis refuses if it is out of memory or the audit's stream cannot accept another entry.
/// </summary>
internal static class CommitScript
{
    // Revs are compared as text because a Lua number is a double. Seq and times are far below 2^53.
    private const string Lua = """
        local seq_key, ix, due, record, requests, order, audit = unpack(KEYS)
        local tenant, seq_seen, id, read_rev, rev, key_id, sealed, due_ms, request, oldest_ms, max_requests,
              ends_id, ends_result, audit_entry, max_audit = unpack(ARGV)

        local seq = tonumber(redis.call('GET', seq_key) or '0')
        if not seq or seq ~= math.floor(seq) or seq < 0 or seq > 9007199254740991 then
            seq = 0 -- damaged
        end
        local place = redis.call('ZRANGE', ix, 4503599627370496, 1, 'BYSCORE', 'REV', 'LIMIT', 0, 1, 'WITHSCORES')[2]
        if place then
            seq = math.max(seq, math.floor(tonumber(place))) -- every commit counts up both
        end
        if seq < tonumber(seq_seen) then
            return {'behind', seq}
        end
        local known = redis.call('HGET', requests, id)
        if known then
            return {'known', known}
        end
        local stands = redis.call('HGET', record, 'rev') or '0'
        if not string.match(stands, '^[1-9]%d*$') or #stands > 19 or (#stands == 19 and stands > '9223372036854775807') then
            stands = '0' -- damaged is lost, as who reads it is told
        end
        if stands ~= read_rev then
            return {'conflict'}
        end
        local ended = ends_id ~= '' and redis.call('HGET', requests, ends_id)
        local ended_head = ended and string.match(ended, '^%d+ %d+ %x* ')
        redis.call('ZSCORE', due, tenant)
        redis.call('ZCARD', order)

        redis.call('XADD', audit, 'MAXLEN', max_audit, '*', 'rev', rev, 'sealed', audit_entry)
        redis.call('HSET', record, 'rev', rev, 'key', key_id, 'sealed', sealed)
        seq = seq + 1
        redis.call('SET', seq_key, string.format('%.0f', seq))
        redis.call('ZADD', ix, string.format('%.0f', seq), tenant)
        if due_ms ~= '' then
            redis.call('ZADD', due, due_ms, tenant)
        else
            redis.call('ZREM', due, tenant)
        end

        redis.call('HSET', requests, id, request)
        redis.call('ZADD', order, string.format('%.0f', seq), id)
        if ended_head then
            redis.call('HSET', requests, ends_id, ended_head .. ends_result)
        end
        local extra = redis.call('ZCARD', order) - tonumber(max_requests)
        while true do
            local first = redis.call('ZRANGE', order, 0, 0)[1]
            local value = redis.call('HGET', requests, first)
            local ms = value and tonumber(string.match(value, '^%d+')) or 0
            if first == id or (extra <= 0 and ms >= tonumber(oldest_ms)) then
                break
            end
            redis.call('HDEL', requests, first)
            redis.call('ZREM', order, first)
            extra = extra - 1
        end
        return {'committed', seq}
        """;

    public static async Task<CommitOutcome> RunAsync(IDatabaseAsync redis, Commit commit, RedisKeys keys, int auditEntriesPerTenant)
    {
        var (tenant, request) = (commit.Tenant, commit.Request);
        var answer = (RedisResult[])(await redis.ScriptEvaluateAsync(
            Lua,
            [
                keys.Seq, keys.Index, keys.Due, keys.Record(tenant), keys.Requests(tenant), keys.RequestOrder(tenant), keys.Audit(tenant),
            ],
            [
                tenant.ToString(),
                commit.SeqSeen,
                RedisRequest.Name(request.Id),
                commit.ReadRev,
                commit.Record.Rev,
                commit.Record.KeyId,
                commit.Record.Sealed,
                commit.Due is { } due ? due.ToUnixTimeMilliseconds() : RedisValue.EmptyString,
                RedisRequest.Write(request),
                (request.Time - RequestEntry.MaxAge).ToUnixTimeMilliseconds(),
                RequestEntry.MaxPerTenant,
                commit.Ends is null ? RedisValue.EmptyString : RedisRequest.Name(commit.Ends.Id),
                commit.Ends?.Result ?? "",
                commit.Audit,
                auditEntriesPerTenant,
            ],
            RedisConnection.Flags))!;
        return (string)answer[0]! switch
        {
            "committed" => new CommitOutcome.Committed((long)answer[1]),
            "known" => new CommitOutcome.Known(RedisRequest.Read(request.Id, (string)answer[1]!)),
            "conflict" => new CommitOutcome.Conflict(),
            _ => new CommitOutcome.Behind((long)answer[1]),
        };
    }
}
