using CsCheck;
using Google.Protobuf.WellKnownTypes;
using GrpcCreds.Client;
using GrpcCreds.V1;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace GrpcCreds.Tests.Client;

/// <summary>
/// Whatever is reported in whatever order, and whether calls fail or not: each tenant's last report arrives, and no older one after a newer. Drawn at
/// random; a call that fails may have arrived or not.
/// </summary>
public sealed class OutboxTests
{
    private static readonly string[] Tenants = ["a", "b", "c"];

    private enum Do
    {
        Apply, Reject, Work, Take, Answer, LoseBefore, LoseAfter, Refuse, Repeat, Leave, Return, Wait,
    }

    private static readonly Gen<(Do Step, int Tenant, int Revision, int Call)[]> Steps =
        Gen.Select(Gen.Enum<Do>(), Gen.Int[0, 2], Gen.Int[1, 6], Gen.Int[0, 3]).Array[0, 60];

    [Fact]
    public void The_last_word_of_each_tenant_arrives_and_no_older_one_after_a_newer() => Steps.Sample(steps =>
    {
        var world = new World();
        foreach (var (step, tenant, revision, call) in steps)
            world.Run(step, Tenants[tenant], revision, call);
        world.Drain();
        Assert.Equal(world.Expected.OrderBy(word => word.Key), world.Heard.Where(word => world.Expected.ContainsKey(word.Key)).OrderBy(word => word.Key));
        Assert.All(world.Verdicts, verdict => Assert.True(verdict.IsCompleted));
    });

    private sealed class World
    {
        private readonly FakeTimeProvider time = new();
        private readonly Outbox outbox;
        private readonly List<IReadOnlyList<NodeReport>> calls = [];
        private readonly Dictionary<string, long> newest = [];
        private readonly Dictionary<string, long> highest = [];
        private readonly Dictionary<string, long> heardRevision = [];

        public World()
        {
            outbox = new Outbox(time);
            foreach (var tenant in Tenants)
                outbox.Join(tenant);
        }

        /// <summary>The last report that the service should have received for each tenant that did not leave.</summary>
        public Dictionary<string, string> Expected { get; } = [];

        public Dictionary<string, string> Heard { get; } = [];

        public List<Task> Verdicts { get; } = [];

        public void Run(Do step, string tenant, long revision, int call)
        {
            // A returning tenant receives its revision from the service, whose revisions never decrease.
            if (newest.GetValueOrDefault(tenant) == 0)
                revision = Math.Max(revision, highest.GetValueOrDefault(tenant));
            switch (step)
            {
                case Do.Apply or Do.Work:
                    if (outbox.Applied(tenant, revision, afterRejection: step == Do.Work))
                    {
                        Assert.True(revision >= newest.GetValueOrDefault(tenant) && !HasLeft(tenant));
                        Said(tenant, revision, $"{revision} Applied");
                    }
                    else
                        Assert.True(newest.GetValueOrDefault(tenant) >= revision || HasLeft(tenant));
                    break;
                case Do.Reject:
                    Verdicts.Add(outbox.Rejected(tenant, revision, FailureClass.SessionRefused, "", out var isDue));
                    if (isDue)
                    {
                        Assert.True(revision >= newest.GetValueOrDefault(tenant));
                        Said(tenant, revision, $"{revision} Rejected");
                    }
                    break;
                case Do.Take:
                    Take();
                    break;
                case Do.Answer when call < calls.Count:
                    Answer(call);
                    break;
                case Do.LoseBefore or Do.LoseAfter when call < calls.Count:
                    if (step == Do.LoseAfter)
                        Hear(calls[call]);
                    outbox.Failed(calls[call]);
                    Forget(call);
                    break;
                case Do.Refuse when call < calls.Count:
                    outbox.Refused(calls[call]);
                    Forget(call);
                    break;
                case Do.Repeat:
                    outbox.Repeat();
                    break;
                case Do.Leave:
                    if (outbox.Leave(tenant))
                        (Expected[tenant], newest[tenant]) = ("leaves", 0);
                    break;
                case Do.Return:
                    outbox.Join(tenant);
                    if (HasLeft(tenant))
                        Expected.Remove(tenant);
                    break;
                case Do.Wait:
                    time.Advance(TimeSpan.FromSeconds(2));
                    break;
            }
        }

        /// <summary>The service is well again: all that is due arrives. A goodbye may have been lost; it is said once.</summary>
        public void Drain()
        {
            while (calls.Count > 0)
                Answer(0);
            outbox.Repeat();
            for (var round = 0; Take(); round++)
            {
                Assert.True(round < 10, "there is always something due");
                while (calls.Count > 0)
                    Answer(0);
            }
            foreach (var tenant in Tenants.Where(HasLeft))
                Expected.Remove(tenant);
        }

        private bool HasLeft(string tenant) => Expected.GetValueOrDefault(tenant) == "leaves";

        private void Said(string tenant, long revision, string word)
        {
            (newest[tenant], Expected[tenant]) = (revision, word);
            highest[tenant] = Math.Max(revision, highest.GetValueOrDefault(tenant));
        }

        private bool Take()
        {
            var taken = outbox.Take();
            if (taken.Count == 0)
                return false;
            Assert.Empty(taken.Select(report => report.TenantId).Intersect(calls.SelectMany(call => call).Select(report => report.TenantId)));
            calls.Add(taken);
            return true;
        }

        private void Answer(int call)
        {
            Hear(calls[call]);
            outbox.Settled(calls[call].Select(report => new ReportResult
            {
                TenantId = report.TenantId,
                Verdict = ReportVerdict.Noted,
                RetryAfter = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)),
            }));
            Forget(call);
        }

        private void Hear(IReadOnlyList<NodeReport> reports)
        {
            foreach (var report in reports)
            {
                if (report.Leaving)
                {
                    (heardRevision[report.TenantId], Heard[report.TenantId]) = (0, "leaves");
                    continue;
                }
                Assert.True(report.Revision >= heardRevision.GetValueOrDefault(report.TenantId), "an older report came after a newer one");
                heardRevision[report.TenantId] = report.Revision;
                Heard[report.TenantId] = $"{report.Revision} {report.Outcome}";
            }
        }

        private void Forget(int call) => calls.RemoveAt(call);
    }
}
