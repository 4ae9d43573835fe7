using System.Globalization;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Api.Pages;

/// <summary>The texts of the setup pages: what happened, and what to do next.</summary>
internal static class OAuthTexts
{
    private const string StartAgain = "Start the setup again with StartOAuthSetup and use the new link.";
    private const string Close = "You can close this page.";
    private const string AsBefore = "Nothing else was changed. The tenant's nodes continue to use the credential they had before.";
    private const string WhereToLook = "GetCredentialStatus shows what is in force now.";

    public static OAuthPage Malformed { get; } = new(
        StatusCodes.Status400BadRequest, "This link is incomplete",
        "Part of the link is missing, or the link contains something unexpected. Nothing was done.",
        "Use the complete link, exactly as you received it. If it still does not work, start the setup again with StartOAuthSetup and use the new link.");

    public static OAuthPage Unknown { get; } = new(
        StatusCodes.Status404NotFound, "This setup does not exist",
        "The link does not belong to any OAuth setup, or its setup ended long ago. Nothing was done.", StartAgain);

    public static OAuthPage Expired { get; } = new(
        StatusCodes.Status409Conflict, "This setup has expired",
        "A setup is open for 10 minutes, and it was not completed at Salesforce in that time. Nothing was changed.", StartAgain);

    public static OAuthPage Superseded { get; } = new(
        StatusCodes.Status409Conflict, "This setup is over", "A newer setup or a change to the saved credential has replaced it. This link no longer works.",
        "Use the newest link. If you do not have one, start the setup again with StartOAuthSetup and use the new link.");

    public static OAuthPage NotConfigured { get; } = new(
        StatusCodes.Status503ServiceUnavailable, "OAuth is not configured", "This service has no connected app. Nothing was done.",
        "Its operator must set Salesforce:ClientId, Salesforce:ClientSecretFile and Salesforce:RedirectUri. Then start the setup again with StartOAuthSetup.");

    public static OAuthPage StoreUnavailable { get; } = new(
        StatusCodes.Status503ServiceUnavailable, "The service cannot reach its store", "It could not read or save the state of this setup.",
        "Reload this page in a minute: the setup continues if possible, or the page shows how it ended.");

    public static OAuthPage Unreadable { get; } = new(
        StatusCodes.Status503ServiceUnavailable, "The tenant's record cannot be read",
        "The record is damaged, or the service does not have the key to decrypt it. Nothing was done.",
        "The operator of this service must restore the record or the key; the service's log has the details. Then start the setup again with StartOAuthSetup.");

    public static OAuthPage Failed { get; } = new(
        StatusCodes.Status500InternalServerError, "The service failed", "Its log has the details.", $"{WhereToLook} {StartAgain}");

    public static OAuthPage Busy { get; } = new(
        StatusCodes.Status503ServiceUnavailable, "The tenant is busy",
        "Too many other changes to it were made at the same time. Nothing was done.", "Reload this page.");

    public static OAuthPage TooMany { get; } = new(
        StatusCodes.Status503ServiceUnavailable, "Too many requests",
        "The service is receiving too many page requests. Nothing was done.", "Reload this page in a few seconds.");

    public static OAuthPage Overtaken { get; } = new(
        StatusCodes.Status409Conflict, "The credential was changed during this setup",
        "The saved credential was changed while the setup was being completed. The new authorization was not saved.", StartAgain);

    /// <summary>The page before Salesforce.</summary>
    public static OAuthPage Start(TenantRecord record, Uri authorizationUrl)
    {
        var (setup, credential) = Of(record);
        return new(
            StatusCodes.Status200OK, $"Connect {record.Tenant} to Salesforce",
            "Sign in to Salesforce as exactly this user and allow access. Any other user or org is rejected. Until you finish, nothing changes for the tenant.",
            "Continue only if you know who started this setup and why. If you do not, close this page; nothing will change.")
        {
            Facts =
            [
                ("Tenant", record.Tenant.ToString()),
                ("Salesforce org", credential.Identity.OrgId),
                ("Salesforce user", credential.Identity.UserId),
                ("Environment", credential.UseSandbox ? "Sandbox" : "Production"),
                .. credential.MyDomain is { Length: > 0 } myDomain ? new[] { ("My Domain", myDomain) } : [],
                ("Started by", setup.Starter),
                ("Open until", Time(setup.ExpireTime)),
            ],
            Link = (authorizationUrl, "Sign in to Salesforce"),
        };
    }

    /// <summary>The page for a browser that returns from Salesforce without having seen the start page.</summary>
    public static OAuthPage NotBegunHere(TenantRecord record, Uri startUrl)
    {
        var start = Start(record, startUrl);
        return start with
        {
            Link = (startUrl, "Go to the start page"),
            Status = StatusCodes.Status409Conflict,
            Title = $"Do you want to connect {record.Tenant} to Salesforce?",
            Paragraphs =
            [
                "You have come from Salesforce, but this browser has not shown you what the access is for. Nothing was done.",
                "If you know who started this setup and why, go to the start page and sign in again. "
                + "If you do not, close this page and tell the person who gave you the link.",
            ],
        };
    }

    /// <summary>The page after a completion.</summary>
    public static OAuthPage Ended(TenantRecord record, WriteResult result) => (result, record.LastSetup?.Failure) switch
    {
        (WriteResult.Activated, _) => Done(
            record, "OAuth is set up and in force", "The tenant's nodes use this authorization from now on.", Close),
        (WriteResult.Staged, _) => Done(
            record, "OAuth is set up but not in force",
            "The authorization is saved, but the tenant's nodes do not use it yet. SetActiveMode with MODE_OAUTH puts it in force.", Close),
        (WriteResult.TestFailed or WriteResult.TestUnknown, { } failure) => NotDone(record, failure),
        (WriteResult.CandidateChanged, _) => Overtaken,
        _ => Done(record, "The result of the setup is unknown", WhereToLook, StartAgain),
    };

    /// <summary>The page of a state whose setup is over or is being completed.</summary>
    public static OAuthPage Over(TenantRecord record, SetupState standing) => standing switch
    {
        SetupState.Completing => Again(
            record, "This setup is being completed", "A browser returned from Salesforce with this setup a moment ago.",
            "Reload this page in a few seconds to see the result."),
        SetupState.Last when record.LastSetup is { Failure: null } last => Again(
            record, "This setup is already complete", $"It succeeded on {Time(last.EndTime)}. {WhereToLook}", Close),
        SetupState.Last when record.LastSetup is { Failure: { } failure } last => Again(
            record, "This setup is already complete", $"It ended without an authorization on {Time(last.EndTime)}: {failure.Advice}", AsBefore, StartAgain),
        SetupState.Last or SetupState.Used => Again(record, "This setup is already complete", $"Another setup has ended since then. {WhereToLook}", Close),
        SetupState.Expired => Expired,
        SetupState.Superseded => Superseded,
        _ => Unknown,
    };

    private static OAuthPage NotDone(TenantRecord record, Failure failure) => failure.Class == FailureClass.OutcomeUnknown
        ? Done(record, "It is not known whether the setup succeeded", failure.Advice, AsBefore, StartAgain)
        : Done(record, "The setup failed", failure.Advice, AsBefore, StartAgain);

    private static OAuthPage Done(TenantRecord record, string title, params string[] paragraphs) =>
        new(StatusCodes.Status200OK, title, paragraphs) { Facts = [("Tenant", record.Tenant.ToString())] };

    private static OAuthPage Again(TenantRecord record, string title, params string[] paragraphs) =>
        Done(record, title, paragraphs) with { Status = StatusCodes.Status409Conflict };

    private static (OpenSetup Setup, OAuthCredential Credential) Of(TenantRecord record) => (record.Setup!, record.OAuth[record.Setup!.Slot]!);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
