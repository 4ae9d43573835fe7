using Google.Protobuf.WellKnownTypes;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.V1;
using Mode = GrpcCreds.Server.Tenants.Model.Mode;

namespace GrpcCreds.Server.Api.Mapping;

internal sealed class JwtBearerView : ModeView
{
    /// <summary>How long before its end a certificate causes a warning: the new one must be uploaded by an administrator of Salesforce.</summary>
    private static readonly TimeSpan NearEnd = TimeSpan.FromDays(30);

    public override Mode Mode => Mode.JwtBearer;

    public override string Candidate => "The new credential for JWT bearer";

    public override string HowToCorrect =>
        " To correct it and test it again, call SetJwtBearerCredential with the changed fields, or SetActiveMode if the change was made in Salesforce; to drop "
        + "it, call DiscardCandidate.";

    public override string WhatCandidateNeeds(TenantRecord record) => record.JwtBearer.Candidate!.Key == record.JwtBearer.Current?.Key ? ""
        : "A new key for JWT bearer waits: upload its certificate, which the status shows, to the app, and call SetActiveMode after 10 minutes.";

    public override void Show(Credential credential, SavedCredential saved)
    {
        var app = (JwtBearerCredential)credential;
        saved.ConsumerKey = app.ConsumerKey;
        saved.Username = app.Username;
        saved.OrgId = app.Identity?.OrgId ?? app.OrgId ?? "";
        saved.UserId = app.Identity?.UserId ?? "";
        saved.LastRenewalFailure = Failures.Map(app.Renewal.Failure);
        saved.Certificate = Of(app.Key);
    }

    public override IEnumerable<Warning> Warnings(TenantRecord record, DateTimeOffset now)
    {
        if (record.JwtBearer.Current is not { } current)
            yield break;
        if (current.Key.ExpireTime - now < NearEnd)
            yield return Warning.CertificateNearsEnd;
        if (current.Renewal.Session is { IsByCandidate: true } && record.JwtBearer.Candidate is { } candidate && candidate.Key != current.Key)
            yield return Warning.CertificateReplaced;
    }

    public static SigningCertificate Of(SigningKey key) => new()
    {
        Pem = key.Certificate,
        Fingerprint = key.Fingerprint,
        MakeTime = key.MakeTime.ToTimestamp(),
        ExpireTime = key.ExpireTime.ToTimestamp(),
    };
}
