using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Tests.Tenants;

internal sealed partial class RecordModel
{
    /// <summary>A saved credential, its grant if it has one, and its session.</summary>
    public sealed class Saved
    {
        /// <summary>The commit that saved it.</summary>
        public required long Id { get; init; }

        public required bool Sandbox { get; init; }

        /// <summary>Username, password and token; of an app, its key, its secret, and where it is.</summary>
        public (string User, string Password, string Token)? Login { get; init; }

        /// <summary>Org and user; of an app, those that its last good test reached.</summary>
        public SalesforceIdentity? Ids { get; set; }

        /// <summary>wait, replace or activate: what follows from its setup.</summary>
        public string? OnSetup { get; set; }

        public long GrantId { get; set; }

        public string? Refresh { get; set; }

        public DateTimeOffset GrantUsed { get; set; }

        public string? Session { get; set; }

        /// <summary>The host where it is valid.</summary>
        public string? Host { get; set; }

        public DateTimeOffset SessionEnd { get; set; }

        public bool SessionDead { get; set; }

        public DateTimeOffset? RenewTime { get; set; }

        public DateTimeOffset? CheckTime { get; set; }

        public bool Stopped { get; set; }

        public int Failures { get; set; }

        /// <summary>Why the last renewal failed, and when.</summary>
        public (FailureClass Class, DateTimeOffset Time)? Why { get; set; }

        /// <summary>The presentation whose outcome is not known.</summary>
        public long? Doubt { get; set; }

        public (long Attempt, string Step, DateTimeOffset End, long Since)? Call { get; set; }

        /// <summary>passed, or why not.</summary>
        public string? LastTest { get; set; }

        public void Took(string session, DateTimeOffset end)
        {
            (Session, SessionEnd, SessionDead) = (session, end, false);
            (Stopped, Failures, Why, Doubt, Call) = (false, 0, null, null, null);
        }

        public void Forget() => (Session, SessionEnd, SessionDead, RenewTime, CheckTime, Stopped, Failures, Why, Doubt, Call) =
            (null, default, false, null, null, false, 0, null, null, null);
    }

    // 75 % of the lifetime, ± 10 %.
    private void Take(Saved by, SalesforceSession taken, DateTimeOffset now)
    {
        by.Took(taken.AccessToken.Reveal(), taken.ExpectedExpireTime);
        by.Host = taken.InstanceUrl;
        var lifetime = taken.ExpectedExpireTime - now;
        Drawn = (state => UpkeepOf(state, by).RenewTime!.Value, now + (lifetime * 0.675), now + (lifetime * 0.825), time => by.RenewTime = time);
    }

    private static SessionRenewal UpkeepOf(TenantRecord state, Saved one) =>
        Places.Select(place => state[place.Mode, place.Slot])
            .Single(credential => credential?.CredentialId == one.Id)!.Renewal;

    private static bool IsUndecided(Failure failure) => failure.Class is FailureClass.Unavailable or FailureClass.OutcomeUnknown or FailureClass.Throttled;
}
