using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Xunit;

namespace GrpcCreds.Tests.Tenants;

/// <summary>Setups that meet tests, switches and renewals.</summary>
public sealed class SetupHistoryTests
{
    private readonly History history = History.OfServingGrant();

    [Fact]
    public void A_setup_that_is_open_for_a_candidate_follows_it_into_force()
    {
        history.Do(history.Ids(testFirst: false));
        history.SetUp();
        history.Start();
        history.Do(history.Activation(Mode.Oauth));
        Assert.Equal(WriteResult.Activated, history.Do(new Command.FinishTest(history.State.Test!.Attempt, new TestVerdict(null, null, []))));
        Assert.Equal(WriteResult.Activated, history.FinishSetup(history.Complete()));
        Assert.Equal(2, history.State.Retiring.Count);
    }

    [Fact]
    public void A_test_of_what_a_setup_replaces_says_nothing_about_what_comes()
    {
        history.Do(new Command.ResetOAuth { By = "ann", RequestId = Guid.NewGuid() });
        history.Do(history.Test(Slot.Current));
        var test = history.State.Test!.Attempt;
        history.SetUp();
        Assert.Equal(Reason.CandidateChanged, history.Do(new Command.FinishTest(test, new TestVerdict(null, history.Failure(FailureClass.LoginRefused), []))));
        // The reported test is the one that the setup ended with.
        Assert.Null(history.Current.LastTest!.Failure);
        history.Pass(2);
        history.Expire();
        Assert.Null(history.Current.LastTest.Failure);
    }

    [Fact]
    public void A_renewal_of_a_grant_that_a_setup_replaced_meanwhile_changes_nothing()
    {
        var attempt = history.Claim(RenewalCall.Renew, history.Current.CredentialId);
        history.SetUp();
        Assert.Null(history.Answer(attempt, history.Renewed()));
    }

    [Fact]
    public void A_deleted_grant_does_not_come_back_with_the_answer_to_its_renewal()
    {
        var attempt = history.Claim(RenewalCall.Renew, history.Current.CredentialId);
        history.Do(new Command.Delete { Mode = Mode.Oauth, By = "ann", RequestId = Guid.NewGuid(), AllowActive = true });
        Assert.Null(history.Answer(attempt, history.Renewed()));
        Assert.True(history.State.OAuth.IsEmpty);
    }

    [Fact]
    public void A_renewal_under_way_goes_on_when_its_candidate_comes_in_force()
    {
        history.Do(history.Ids(testFirst: false));
        history.SetUp();
        var attempt = history.Claim(RenewalCall.Renew, history.State.OAuth.Candidate!.CredentialId);
        history.Do(history.Activation(Mode.Oauth));
        history.Do(new Command.FinishTest(history.State.Test!.Attempt, new TestVerdict(null, null, [])));
        var renewed = history.Renewed();
        history.Answer(attempt, renewed);
        Assert.Equal(renewed.RefreshToken, history.Current.Grant!.RefreshToken);
    }

    [Fact]
    public void A_switch_after_the_wish_leaves_the_finished_setup_a_candidate()
    {
        history.Do(history.Ids());
        history.Start();
        var attempt = history.Complete();
        history.Do(history.Activation(Mode.Off));
        Assert.Equal(WriteResult.Staged, history.FinishSetup(attempt));
        Assert.NotNull(history.State.OAuth.Candidate?.Grant);
        Assert.Equal(Availability.SwitchedOff, PublishedState.By(history.State).Availability);
    }

    [Fact]
    public void Of_the_setups_that_are_over_the_last_eight_are_told_apart()
    {
        var states = new List<string>();
        for (var i = 0; i < 10; i++)
        {
            history.Start();
            states.Add(history.State.Setup!.StateHash);
        }
        Assert.Equal(Reason.OauthStateSuperseded, Complete(states[1]));
        Assert.Equal(Reason.OauthStateInvalid, Complete(states[0]));

        object? Complete(string state) => history.Do(new Command.CompleteSetup { By = "ann", RequestId = Guid.NewGuid(), StateHash = state, ByAnybody = true });
    }
}
