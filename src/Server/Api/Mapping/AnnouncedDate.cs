namespace GrpcCreds.Server.Api.Mapping;

/// <summary>A change that Salesforce announced.</summary>
/// <param name="Announced">The date, as Salesforce named it.</param>
/// <param name="Day">The first day on which it applies, if a day is known.</param>
/// <param name="Change">What changes.</param>
/// <param name="Source">Where it was announced.</param>
internal sealed record AnnouncedDate(string Announced, DateOnly? Day, string Change, string Source)
{
    /// <summary>The 30-day idle limit, among others.</summary>
    public static readonly AnnouncedDate AppsNeedRotation = new(
        "May 2026", null,
        "Apps that the production orgs of more than two customers use need refresh token rotation, PKCE, a 30-day idle limit and an IP allow-list",
        "Salesforce Help 005316711");

    /// <summary>The end of password mode.</summary>
    public static readonly AnnouncedDate PasswordLoginEnds = new(
        "Summer '27", new(2027, 6, 1), "SOAP `login()` is retired in all API versions: password mode ends",
        "Salesforce Help 005132110 names the release; 1 June 2027 is the day that vendors quote for it");

    /// <summary>All of them, in the order of their dates. docs/operations/salesforce-dates.md shows the same table.</summary>
    public static readonly IReadOnlyList<AnnouncedDate> All =
    [
        new(
            "September 2025", null,
            "Users without *Approve Uninstalled Connected Apps* can no longer use connected apps that are not installed in their org",
            "Salesforce Help 005132365"),
        new("Winter '26", null, "New orgs have SOAP `login()` switched off; API version 65.0 does not have it", "Salesforce Help 005132110"),
        new("Spring '26", null, "No new connected apps: External Client Apps take their place", "Salesforce Help 005132365"),
        AppsNeedRotation,
        new(
            "Summer '26", null, "In new orgs SOAP `login()` also needs the permission *Use Any API Auth*; further security requirements are enforced",
            "Salesforce Help 005132110"),
        new(
            "20 February 2027", new(2027, 2, 20), "The OAuth username-password flow ends for connected apps, without extension; GrpcCreds does not use it",
            "Salesforce Help 005461976"),
        PasswordLoginEnds,
    ];
}
