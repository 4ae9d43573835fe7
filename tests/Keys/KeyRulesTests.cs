using CsCheck;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;
using Xunit;

namespace GrpcCreds.Tests.Keys;

/// <summary>Staged, active, retiring: what moves a key on, and what keeps it where it is.</summary>
public sealed class KeyRulesTests
{
    private static readonly string[] Ids = ["a", "b", "c", "d"];

    private static readonly Gen<Step> Steps = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 2])
        .Select(step => new Step(step.Item1, step.Item2, Ids[step.Item3], step.Item4));

    [Fact]
    public void A_key_takes_over_only_if_every_live_server_has_it()
    {
        var meta = Meta(["a"], "a", "b");
        Assert.Equal(["b", "a"], Promote(meta, "b", Keys("a", "b"), ("two", Keys("a", "b"))).Promoted!.Sealing);

        Assert.Equal(["two"], Promote(meta, "b", Keys("a", "b"), ("two", Keys("a")), ("three", Keys("a", "b"))).Lacking);
        Assert.Equal(["this one", "two"], Promote(meta, "b", Keys("a"), ("two", null)).Lacking);
        // A wrong key under the right name is none.
        Assert.Equal(["two"], Promote(meta, "b", Keys("a", "b"), ("two", new Dictionary<string, string>(Keys("a")) { ["b"] = "another" })).Lacking);
        // Nobody has staged it.
        Assert.Equal(["this one"], Promote(meta, "c", Keys("a", "b", "c")).Lacking);
    }

    [Fact]
    public void The_active_key_stays_and_a_replaced_one_does_not_come_back()
    {
        var meta = Meta(["b", "a"], "a", "b");
        Assert.Equal(Promotion.None, Promote(meta, "b", Keys("a", "b")));
        var back = Promote(meta, "a", Keys("a", "b"));
        Assert.True(back.IsReplaced);
        Assert.Null(back.Promoted);
        Assert.Equal([KeyState.Retiring, KeyState.Active, KeyState.Staged], new[] { "a", "b", "c" }.Select(id => KeyRules.StateOf(meta, id)));
    }

    [Fact]
    public void What_a_server_says_of_its_keys_is_read_as_it_was_said()
    {
        var held = new HeldKeys("main", Keys("audit", "main", "2027-b"));
        var read = HeldKeys.Parse(held.ToString())!;
        Assert.Equal("main", read.WritingKeyId);
        Assert.Equal(held.Checks.OrderBy(check => check.Key), read.Checks.OrderBy(check => check.Key));
        foreach (var older in new[] { "", " ", "main main", "main a:b:c" })
            Assert.Null(HeldKeys.Parse(older));
    }

    /// <summary>
    /// Servers that come and go with the keys they happen to have, some of them wrong, and each with a wish of its own. Whatever happens, every server that
    /// is there holds the active key, as the deployment knows it, no key comes back, and no check value is ever another one.
    /// </summary>
    [Fact]
    public void Whatever_servers_come_go_and_wish_everyone_there_can_open_what_is_sealed() =>
        Steps.Array[1, 60].Sample(
            steps =>
            {
                var meta = Meta(["a"], "a");
                var servers = new Dictionary<int, Dictionary<string, string>>();
                foreach (var step in steps)
                {
                    var before = meta;
                    switch (step.Kind)
                    {
                        case 0:
                            Join(servers, ref meta, step);
                            break;
                        case 1:
                            servers.Remove(step.Server);
                            break;
                        case 2 when servers.TryGetValue(step.Server, out var keys):
                            // A file is added; a wrong one is not taken.
                            var more = new Dictionary<string, string>(keys) { [step.Key] = step.Value };
                            if (!KeyRules.Wrong(meta, more).Any())
                                (servers[step.Server], meta) = (more, KeyRules.Stage(meta, more));
                            break;
                        case 3 when servers.TryGetValue(step.Server, out var own):
                            var others = servers.Where(server => server.Key != step.Server)
                                .ToDictionary(server => $"{server.Key}", server => (HeldKeys?)new HeldKeys("a", server.Value));
                            meta = KeyRules.Promote(meta, step.Key, own, others).Promoted ?? meta;
                            break;
                    }
                    Assert.All(servers.Values, keys => Assert.Equal(meta.KeyChecks[meta.Sealing[0]], keys[meta.Sealing[0]]));
                    Assert.Equal(before.Sealing, meta.Sealing.TakeLast(before.Sealing.Count));
                    Assert.Equal(meta.Sealing.Distinct(), meta.Sealing);
                    Assert.All(before.KeyChecks, check => Assert.Equal(check.Value, meta.KeyChecks[check.Key]));
                }
            },
            iter: 2000);

    // As start-up does it: wrong keys and a missing active one are refused.
    private static void Join(Dictionary<int, Dictionary<string, string>> servers, ref StoreMeta meta, Step step)
    {
        var keys = new Dictionary<string, string> { ["a"] = "check-of-a", [step.Key] = step.Value };
        if (KeyRules.Wrong(meta, keys).Any() || !keys.ContainsKey(meta.Sealing[0]))
            return;
        servers[step.Server] = keys;
        meta = KeyRules.Stage(meta, keys);
    }

    private static Promotion Promote(
        StoreMeta meta, string wish, IReadOnlyDictionary<string, string> own, params (string Server, IReadOnlyDictionary<string, string>? Keys)[] others) =>
        KeyRules.Promote(meta, wish, own, others.ToDictionary(other => other.Server, other => other.Keys is null ? null : new HeldKeys("a", other.Keys)));

    private static StoreMeta Meta(string[] sealing, params string[] known) => new("deployment-1", 1, 1, Keys(known)) { Sealing = sealing };

    private static Dictionary<string, string> Keys(params string[] ids) => ids.ToDictionary(id => id, id => $"check-of-{id}");

    /// <summary>Kind: 0 a server joins, 1 one leaves, 2 one gets a key file, 3 one is told to promote. One in three keys is wrong.</summary>
    private sealed record Step(int Kind, int Server, string Key, int Luck)
    {
        public string Value => Luck == 0 && Key != "a" ? $"wrong-{Key}" : $"check-of-{Key}";
    }
}
