using Google.Protobuf.WellKnownTypes;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.V1;

using Action = GrpcCreds.V1.Action;
using Mode = GrpcCreds.Server.Tenants.Model.Mode;
using Outcome = GrpcCreds.V1.Outcome;

namespace GrpcCreds.Server.Api.Mapping;

internal sealed class OAuthView : ModeView
{
    /// <summary>How long before its end an idle grant causes a warning. A grant that is renewed once a day never comes this close.</summary>
    private static readonly TimeSpan NearIdleLimit = TimeSpan.FromDays(7);

    public override Mode Mode => Mode.Oauth;

    public override string Candidate => "The OAuth candidate";

    public override IEnumerable<Action> OwnActions(TenantRecord record) => [Action.Setup, Action.Reset];

    public override bool IsShown(TenantRecord record) => base.IsShown(record) || record.LastSetup is not null;

    public override void Show(Credential credential, SavedCredential saved)
    {
        var oauth = (OAuthCredential)credential;
        saved.OrgId = oauth.Identity.OrgId;
        saved.UserId = oauth.Identity.UserId;
        saved.Grant = oauth.Grant is { } grant ? Of(grant, oauth.Renewal) : null;
    }

    public override SetupStatus? LastSetup(TenantRecord record) => record switch
    {
        { Setup: { } setup } => new()
        {
            Outcome = Outcome.Pending,
            ExpireTime = setup.ExpireTime.ToTimestamp(),
            StartedBy = setup.Starter,
            StartTime = setup.StartTime.ToTimestamp(),
        },
        { LastSetup: { } last } => new()
        {
            Outcome = last.Failure is null ? Outcome.Succeeded : Outcome.Failed,
            Failure = Failures.Map(last.Failure),
            StartedBy = last.Starter,
            StartTime = last.StartTime.ToTimestamp(),
            EndTime = last.EndTime.ToTimestamp(),
        },
        _ => null,
    };

    public override IEnumerable<Warning> Warnings(TenantRecord record, DateTimeOffset now) =>
        record.OAuth.Current?.Grant is { } grant && grant.IdleExpireTime - now < NearIdleLimit ? [Warning.GrantNearsIdleLimit] : [];

    private static GrantStatus Of(Grant grant, SessionRenewal renewal) => new()
    {
        AuthorizeTime = grant.AuthorizeTime.ToTimestamp(),
        SessionExpireTime = renewal.Session?.ExpectedExpireTime.ToTimestamp(),
        IdleExpireTime = grant.IdleExpireTime.ToTimestamp(),
        LastRenewalFailure = Failures.Map(renewal.Failure),
    };
}
