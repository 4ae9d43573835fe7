using GrpcCreds.V1;
using Google.Protobuf.WellKnownTypes;

namespace GrpcCreds.Server.Api.Mapping;

/// <summary>The announced dates that concern a tenant: each belongs to one of its warnings.</summary>
internal static class Deadlines
{
    private static readonly (Warning Warning, AnnouncedDate Date, string Advice)[] Table =
    [
        (Warning.PasswordLoginRetires, AnnouncedDate.PasswordLoginEnds,
            "Salesforce retires SOAP login(), which password mode needs: move this tenant to another mode before."),
        (Warning.PasswordStillStored, AnnouncedDate.PasswordLoginEnds,
            "Salesforce retires SOAP login(), so the stored password is no fallback after that: delete it when it is no longer needed."),
    ];

    public static IEnumerable<Deadline> Of(IEnumerable<Warning> warnings) =>
        from warning in warnings
        from row in Table
        where row.Warning == warning
        select new Deadline
        {
            Warning = warning,
            Time = row.Date.Day is { } day ? day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc).ToTimestamp() : null,
            AnnouncedDate = row.Date.Announced,
            Advice = row.Advice,
            Source = row.Date.Source,
        };
}
