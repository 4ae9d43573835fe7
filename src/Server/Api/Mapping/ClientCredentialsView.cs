using Google.Protobuf.WellKnownTypes;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.V1;
using Action = GrpcCreds.V1.Action;
using Mode = GrpcCreds.Server.Tenants.Model.Mode;
using Outcome = GrpcCreds.V1.Outcome;

namespace GrpcCreds.Server.Api.Mapping;

internal sealed class ClientCredentialsView : ModeView
{
    public override Mode Mode => Mode.ClientCredentials;

    public override string Candidate => "The new client credentials";

    public override string HowToCorrect =>
        " To correct them and test them again, call SetClientCredentials with the changed fields; to drop them, call DiscardCandidate.";

    public override IEnumerable<Action> OwnActions(TenantRecord record) => record.ClientCredentials.Current is null ? [] : [Action.Rotate];

    public override IEnumerable<Warning> Warnings(TenantRecord record, DateTimeOffset now) =>
        record.ClientCredentials.Current?.Rotation?.Failure is not null ? [Warning.SecretRotationFailing] : [];

    public override void Show(Credential credential, SavedCredential saved)
    {
        var app = (ClientCredential)credential;
        saved.ConsumerKey = app.ConsumerKey;
        saved.OrgId = app.Identity?.OrgId ?? app.OrgId ?? "";
        saved.UserId = app.Identity?.UserId ?? "";
        saved.LastRenewalFailure = Failures.Map(app.Renewal.Failure);
        saved.RotateEvery = app.RotateEvery?.ToDuration();
        saved.NextRotationTime = app is { RotateEvery: { } every, Rotation: null or { Step: Tenants.Model.RotationStep.Done } }
            ? (app.SecretTime + every).ToTimestamp()
            : null;
        saved.Rotation = app.Rotation is { } rotation ? Of(rotation) : null;
    }

    private static V1.SecretRotation Of(Tenants.Model.SecretRotation rotation) => new()
    {
        Outcome = rotation.Step is Tenants.Model.RotationStep.Drop ? Outcome.Succeeded
            : rotation.IsRunning ? Outcome.Pending
            : rotation.Failure is null ? Outcome.Succeeded
            : Outcome.Failed,
        Step = (V1.RotationStep)rotation.Step,
        StartTime = rotation.StartTime.ToTimestamp(),
        StartedBy = rotation.StartedBy,
        NextTime = rotation.DueTime?.ToTimestamp(),
        FormerConsumerKey = rotation.Former?.ConsumerKey ?? "",
        Failure = Failures.Map(rotation.Failure),
        Leaked = rotation.IsLeaked,
    };
}
