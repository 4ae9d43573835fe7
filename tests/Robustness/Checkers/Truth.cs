using System.Diagnostics;
using Grpc.Core;
using GrpcCreds.Tests.Robustness.Traffic;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Robustness.Checkers;

/// <summary>One commit, as the audit shows it.</summary>
internal sealed record Entry(long Rev, long Revision, string RequestId, string Method, string Outcome);

/// <summary>A tenant as the service shows it after the last fault.</summary>
/// <param name="Entries">The commits, oldest first: this is their order.</param>
/// <param name="Disclosed">The revisions that were sent to anybody, as the audit says.</param>
/// <param name="Chain">What is wrong with the chain of entries; null if nothing.</param>
internal sealed record TenantTruth(IReadOnlyList<Entry> Entries, IReadOnlySet<long> Disclosed, string? Chain);

/// <summary>What remains after a round: the audit, which has every commit in its order. Read through the service.</summary>
internal sealed class Truth
{
    private const int PageSize = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, Write> writes;
    private readonly Dictionary<string, int> places = [];

    /// <param name="history">Of the same round.</param>
    /// <param name="tenants">All that anybody was shown.</param>
    public Truth(History history, IReadOnlyDictionary<string, TenantTruth> tenants)
    {
        Tenants = tenants;
        writes = history.Writes.ToDictionary(write => write.User);
        foreach (var entries in tenants.Values.Select(tenant => tenant.Entries))
        {
            for (var place = 0; place < entries.Count; place++)
                places.TryAdd(entries[place].RequestId, place);
        }
    }

    public IReadOnlyDictionary<string, TenantTruth> Tenants { get; }

    /// <summary>The place of a write in the tenant's order; null if it is not there.</summary>
    public int? PlaceOf(Write write) => places.TryGetValue(write.RequestId.ToString(), out var place) ? place : null;

    /// <summary>The place of the state that was shown: of the newest write that it contains; -1 if it contains none.</summary>
    public int PlaceOf(Shown shown) => shown.Users.Select(user => writes.TryGetValue(user, out var write) ? PlaceOf(write) : null).Max() ?? -1;

    /// <summary>The write that set this user; null if no write of this round did.</summary>
    public Write? WriteOf(string user) => writes.GetValueOrDefault(user);

    public static async Task<Truth> ReadAsync(History history, SyncCredentials.SyncCredentialsClient client, IEnumerable<string> tenants)
    {
        var found = new Dictionary<string, TenantTruth>();
        foreach (var tenant in tenants)
        {
            var entries = (await ReadAsync(client, tenant, AuditKind.Write)).Select(entry =>
                new Entry(entry.Rev, entry.Revision, entry.RequestId, entry.Method, entry.Outcome)).Reverse().ToList();
            var disclosed = (await ReadAsync(client, tenant, AuditKind.Disclosure)).Select(entry => entry.Revision).ToHashSet();
            var chain = (await PageAsync(client, new() { TenantId = tenant, VerifyChain = true, PageSize = 1 })).Chain;
            var finding = chain.Verdict != ChainVerdict.Intact ? chain.Finding : chain.Lost.Count > 0 ? $"{chain.Lost.Count} losses were repaired" : null;
            found[tenant] = new(entries, disclosed, finding);
        }
        return new(history, found);
    }

    private static async Task<List<AuditEvent>> ReadAsync(SyncCredentials.SyncCredentialsClient client, string tenant, AuditKind kind)
    {
        var events = new List<AuditEvent>();
        var page = "";
        do
        {
            var answer = await PageAsync(client, new() { TenantId = tenant, Kind = kind, PageSize = PageSize, PageToken = page });
            events.AddRange(answer.Events);
            page = answer.NextPageToken;
        }
        while (page.Length > 0);
        return events;
    }

    private static async Task<ListAuditEventsResponse> PageAsync(SyncCredentials.SyncCredentialsClient client, ListAuditEventsRequest request)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await client.ListAuditEventsAsync(request);
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable && Stopwatch.GetElapsedTime(since) < Patience)
            {
                await Task.Delay(200);
            }
        }
    }
}
