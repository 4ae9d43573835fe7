using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Xunit;

namespace GrpcCreds.Tests.Tenants;

public sealed class JwtBearerRulesTests
{
    private static readonly Moment Now = new(7, DateTimeOffset.UnixEpoch.AddYears(56));

    private static readonly Command.SetJwtBearer First =
        new() { By = "ann", RequestId = Guid.NewGuid(), ConsumerKey = "key", Username = "ann@acme.test", TestFirst = true };

    [Fact]
    public void A_new_key_always_waits()
    {
        var changed = Assert.IsType<Decision.Changed>(RecordRules.Apply(Empty, First with { Key = Key("one") }, Now));
        Assert.Equal((WriteResult.Staged, null), (changed.Result, changed.State.Test));
        Assert.False((First with { Key = Key("one") }).MayBeTested);
    }

    [Fact]
    public void A_set_for_which_no_key_was_made_is_refused_if_it_turns_out_to_need_one()
    {
        Assert.Equal(Reason.CandidateChanged, Assert.IsType<Decision.Refused>(RecordRules.Apply(Empty, First, Now)).Refusal.Reason);
        var saved = Saved(Key("one"));
        foreach (var set in new[] { First with { NewKey = true }, First with { UseSandbox = true } })
            Assert.Equal(Reason.CandidateChanged, Assert.IsType<Decision.Refused>(RecordRules.Apply(saved, set, Now)).Refusal.Reason);
    }

    [Fact]
    public void A_set_without_a_new_key_keeps_that_of_the_candidate_and_is_tested()
    {
        var changed = Assert.IsType<Decision.Changed>(RecordRules.Apply(Saved(Key("one")), First with { Username = "other@acme.test" }, Now));
        var candidate = changed.State.JwtBearer.Candidate!;
        Assert.Equal((WriteResult.Pending, "other@acme.test", Key("one")), (changed.Result, candidate.Username, candidate.Key));
        Assert.Equal(candidate.CredentialId, changed.State.Test!.CredentialId);
    }

    [Fact]
    public void A_key_made_although_none_is_needed_any_more_replaces_the_candidates()
    {
        var changed = Assert.IsType<Decision.Changed>(RecordRules.Apply(Saved(Key("one")), First with { Key = Key("two") }, Now));
        Assert.Equal((WriteResult.Staged, Key("two")), (changed.Result, changed.State.JwtBearer.Candidate!.Key));
    }

    private static TenantRecord Empty => new() { Tenant = TenantId.Parse("acme"), Rev = 3 };

    private static TenantRecord Saved(SigningKey key) =>
        Assert.IsType<Decision.Changed>(RecordRules.Apply(Empty, First with { Key = key }, new(5, Now.Now))).State;

    private static SigningKey Key(string name) => new()
    {
        PrivateKey = new(name), Certificate = name, Fingerprint = name, MakeTime = DateTimeOffset.UnixEpoch, ExpireTime = DateTimeOffset.UnixEpoch.AddYears(60),
    };
}
