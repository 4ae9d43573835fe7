using Google.Protobuf.WellKnownTypes;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.V1;

namespace GrpcCreds.Server.Api.Mapping;

/// <summary>The dates that concern a tenant: each belongs to one of its warnings.</summary>
internal static class Deadlines
{
    private static readonly Row[] Table =
    [
        new(Warning.PasswordLoginRetires, Announced(AnnouncedDate.PasswordLoginEnds),
            "Salesforce retires SOAP login(), which password mode needs: move this tenant to another mode before."),
        new(Warning.PasswordStillStored, Announced(AnnouncedDate.PasswordLoginEnds),
            "Salesforce retires SOAP login(), so the stored password is no fallback after that: delete it when it is no longer needed."),
        new(Warning.GrantNearsIdleLimit, Own(record => record.OAuth.Current?.Grant?.IdleExpireTime, AnnouncedDate.AppsNeedRotation.Source),
            "Salesforce may drop the OAuth grant that has not been renewed by then: see its last_renewal_failure, or authorize it again."),
        new(Warning.TrialEnds, Own(TrialEnd, "TrialExpirationDate of the org, at the last test"),
            "The org is a trial, and nobody can connect to it after that: buy it, or move this tenant to another org before."),
        new(Warning.CertificateNearsEnd, Own(record => record.JwtBearer.Current?.Key.ExpireTime, "the certificate of the credential"),
            "The certificate for JWT bearer ends, and Salesforce then refuses its key: make a new key with SetJwtBearerCredential and new_key, upload its "
            + "certificate to the app, and put it in force with SetActiveMode."),
    ];

    /// <summary>The warnings that have a date.</summary>
    public static IEnumerable<Warning> Warnings => Table.Select(row => row.Warning);

    public static IEnumerable<Deadline> Of(TenantRecord record, IEnumerable<Warning> warnings) =>
        from warning in warnings
        from row in Table
        where row.Warning == warning
        let date = row.Date(record)
        where date is not null
        select new Deadline
        {
            Warning = warning,
            Time = date.Time.ToTimestamp(),
            AnnouncedDate = date.Announced,
            Advice = row.Advice,
            Source = date.Source,
        };

    /// <summary>When the trial of the org in force ends; null if its last test showed none.</summary>
    public static DateTimeOffset? TrialEnd(TenantRecord record) =>
        record.Active?.LastTest?.Checks.Select(check => check.TrialEndTime).FirstOrDefault(end => end is not null);

    private static Func<TenantRecord, Date?> Announced(AnnouncedDate date) =>
        _ => date.Day is { } day ? new(day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc), date.Announced, date.Source) : null;

    private static Func<TenantRecord, Date?> Own(Func<TenantRecord, DateTimeOffset?> time, string source) =>
        record => time(record) is { } end ? new(end.UtcDateTime, $"{end.UtcDateTime:yyyy-MM-dd}", source) : null;

    private sealed record Row(Warning Warning, Func<TenantRecord, Date?> Date, string Advice);

    private sealed record Date(DateTime Time, string Announced, string Source);
}
