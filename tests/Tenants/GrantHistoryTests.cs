using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Xunit;

namespace GrpcCreds.Tests.Tenants;

/// <summary>Histories of grants in doubt that chance reaches rarely.</summary>
public sealed class GrantHistoryTests
{
    private readonly History history = History.OfServingGrant();

    [Fact]
    public void A_token_in_doubt_is_introspected_and_the_late_answer_still_finds_its_place()
    {
        var lost = history.LoseRenewal();
        history.Claim(RenewalCall.Introspect);
        var late = history.Renewed();
        Assert.Equal(WriteResult.None, history.Answer(lost, late));
        Assert.Equal(late.RefreshToken, history.Current.Grant!.RefreshToken);
        Assert.Null(history.Current.Renewal.DoubtedAttempt);
    }

    [Fact]
    public void A_late_answer_brings_back_even_a_grant_that_was_found_dead()
    {
        var lost = history.LoseRenewal();
        history.Answer(history.Claim(RenewalCall.Introspect), new RenewalAnswer.TokenIsDead());
        Assert.Null(history.Do(new Command.ClaimRenewal { CredentialId = history.Current.CredentialId }));
        history.Answer(lost, history.Renewed());
        Assert.False(history.Current.Renewal.IsStopped);
    }

    [Theory, InlineData(GrantFate.Kept), InlineData(GrantFate.Dead), InlineData(GrantFate.Unknown)]
    internal void A_token_that_was_found_dead_is_not_presented_again_whatever_comes_late(GrantFate fate)
    {
        var lost = history.LoseRenewal();
        history.Answer(history.Claim(RenewalCall.Introspect), new RenewalAnswer.TokenIsDead());
        history.Answer(lost, history.NotRenewed(fate));
        history.Pass(1);
        history.Expire();
        Assert.Null(history.Do(new Command.ClaimRenewal { CredentialId = history.Current.CredentialId }));
    }

    [Fact]
    public void A_token_whose_answer_brought_another_that_is_not_wanted_is_spent()
    {
        history.Answer(history.Claim(RenewalCall.Renew, history.Current.CredentialId), history.NotRenewed(GrantFate.Dead, history.Token()));
        Assert.Null(history.Do(new Command.ClaimRenewal { CredentialId = history.Current.CredentialId }));
        Assert.Single(history.State.Retiring);
    }

    [Fact]
    public void The_very_token_that_is_in_force_is_not_retired_as_unwanted()
    {
        var attempt = history.Claim(RenewalCall.Renew, history.Current.CredentialId);
        history.Answer(attempt, history.NotRenewed(GrantFate.Unknown, history.Current.Grant!.RefreshToken));
        Assert.Empty(history.State.Retiring);
    }

    [Fact]
    public void A_refusal_may_be_tried_again_by_a_person()
    {
        history.Answer(history.Claim(RenewalCall.Renew, history.Current.CredentialId), history.NotRenewed(GrantFate.Dead));
        history.Claim(RenewalCall.Renew, history.Current.CredentialId);
    }

    [Fact]
    public void A_suspicion_does_not_hurry_the_introspections_of_a_token_in_doubt()
    {
        history.LoseRenewal();
        history.Suspect();
        history.Answer(history.Claim(RenewalCall.Check), new RenewalAnswer.SessionLives());
        history.Answer(history.Claim(RenewalCall.Introspect), new RenewalAnswer.Unclear(history.Failure()));
        Assert.Null(history.Do(new Command.ClaimRenewal()));
    }

    [Fact]
    public void A_suspicion_of_a_grant_that_was_found_dead_ends_with_the_check()
    {
        history.LoseRenewal();
        var introspection = history.Claim(RenewalCall.Introspect);
        history.Suspect();
        history.Answer(introspection, new RenewalAnswer.TokenIsDead());
        history.Answer(history.Claim(RenewalCall.Check), new RenewalAnswer.SessionIsDead());
        Assert.Equal(Availability.ReauthorizationRequired, PublishedState.By(history.State).Availability);
        Assert.Null(history.Do(new Command.ClaimRenewal()));
    }

    [Fact]
    public void A_check_that_began_before_a_heal_does_not_end_the_doubt()
    {
        history.Suspect();
        var check = history.Claim(RenewalCall.Check);
        history.Do(new Command.Heal());
        Assert.Null(history.Answer(check, new RenewalAnswer.SessionLives()));
        history.Pass(1);
        history.Expire();
        history.Claim(RenewalCall.Introspect, history.Current.CredentialId);
    }

    [Fact]
    public void An_introspection_that_began_before_a_heal_does_not_end_the_doubt()
    {
        history.LoseRenewal();
        var introspection = history.Claim(RenewalCall.Introspect);
        history.Do(new Command.Heal());
        Assert.Null(history.Answer(introspection, new RenewalAnswer.TokenLives()));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_renewal_that_was_in_doubt_before_a_heal_still_finds_its_place(bool whileIntrospected)
    {
        var lost = history.LoseRenewal();
        if (whileIntrospected)
            history.Claim(RenewalCall.Introspect);
        history.Do(new Command.Heal());
        var late = history.Renewed();
        history.Answer(lost, late);
        Assert.Equal(late.RefreshToken, history.Current.Grant!.RefreshToken);
    }

    [Fact]
    public void A_renewal_that_was_claimed_before_a_heal_still_finds_its_place()
    {
        var claimed = history.Claim(RenewalCall.Renew, history.Current.CredentialId);
        history.Do(new Command.Heal());
        history.Answer(claimed, history.Renewed());
        Assert.Null(history.Current.Renewal.DoubtedAttempt);
    }

    [Fact]
    public void A_healed_grant_is_left_alone_for_as_long_as_a_lost_claim_may_live()
    {
        history.Do(new Command.Heal());
        Assert.Null(history.Do(new Command.ClaimRenewal { CredentialId = history.Current.CredentialId }));
        history.Pass(0.9);
        Assert.Null(history.Expire());
    }

    [Fact]
    public void A_suspicion_that_came_while_a_renewal_was_under_way_outlives_it()
    {
        var attempt = history.Claim(RenewalCall.Renew, history.Current.CredentialId);
        history.Suspect();
        history.Answer(attempt, history.Renewed());
        history.Claim(RenewalCall.Check);
    }

    [Fact]
    public void Without_a_grant_there_is_nothing_to_claim()
    {
        history.Do(history.Ids());
        Assert.Null(history.Do(new Command.ClaimRenewal { CredentialId = history.State.OAuth.Candidate!.CredentialId }));
    }
}
