using System.Globalization;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Api.Pages;

/// <summary>What the pages of a setup say: what happened, and what to do next.</summary>
internal static class OAuthTexts
{
    private const string StartAgain = "Start the setup again with StartOAuthSetup, and use the new link.";
    private const string Close = "You can close this page.";
    private const string AsBefore = "Nothing else was changed: what served the tenant's nodes goes on.";
    private const string WhereToLook = "GetCredentialStatus says what is in force now.";

    public static OAuthPage Malformed { get; } = new(
        StatusCodes.Status400BadRequest, "This link is not complete", "It lacks something, or holds something that does not belong there. Nothing was done.",
        "Use the whole link, as it was given to you. If it still does not work: " + StartAgain);

    public static OAuthPage Unknown { get; } = new(
        StatusCodes.Status404NotFound, "This setup is not known", "The link belongs to no OAuth setup, or to one that ended long ago. Nothing was done.", StartAgain);

    public static OAuthPage Expired { get; } = new(
        StatusCodes.Status409Conflict, "This setup has expired", "A setup is open for 10 minutes, and nobody came back from Salesforce in that time. Nothing was changed.", StartAgain);

    public static OAuthPage Superseded { get; } = new(
        StatusCodes.Status409Conflict, "This setup is over", "A newer setup, or a change of the saved credential, has taken its place. This link does nothing any more.",
        "Use the newest link. If there is none: " + StartAgain);

    public static OAuthPage NotConfigured { get; } = new(
        StatusCodes.Status503ServiceUnavailable, "OAuth is not set up here", "This service has no connected app. Nothing was done.",
        "Its operator sets Salesforce:ClientId, its secret and Salesforce:RedirectUri. After that, start the setup again with StartOAuthSetup.");

    public static OAuthPage StoreUnavailable { get; } = new(
        StatusCodes.Status503ServiceUnavailable, "The service cannot reach its store", "It could not find out or could not keep what became of this setup.",
        "Reload this page in a minute: it goes on where it can, or says how the setup ended.");

    public static OAuthPage Unreadable { get; } = new(
        StatusCodes.Status503ServiceUnavailable, "The tenant's record cannot be read", "It was damaged, or the service lacks its key. Nothing was done.",
        "The operator of this service has to restore one of them; the service's log says more. After that, start the setup again with StartOAuthSetup.");

    public static OAuthPage Failed { get; } = new(
        StatusCodes.Status500InternalServerError, "The service failed", "Its log says more.", $"{WhereToLook} {StartAgain}");

    public static OAuthPage Busy { get; } = new(
        StatusCodes.Status503ServiceUnavailable, "The tenant is busy", "Too many others changed it at the same moment. Nothing was done.", "Reload this page.");

    public static OAuthPage TooMany { get; } = new(
        StatusCodes.Status503ServiceUnavailable, "Too many ask for pages", "Nothing was done.", "Reload this page in some seconds.");

    public static OAuthPage Overtaken { get; } = new(
        StatusCodes.Status409Conflict, "This setup was overtaken", "The saved credential was changed while the setup was completed. The new authorization is not kept.", StartAgain);

    /// <summary>The page before Salesforce.</summary>
    public static OAuthPage Start(TenantRecord record, Uri authorizationUrl)
    {
        var (setup, credential) = Of(record);
        return new(
            StatusCodes.Status200OK, $"Connect {record.Tenant} with Salesforce",
            "Sign in at Salesforce as exactly this user and allow the access. Any other user or org is refused, and until then nothing changes for the tenant.",
            "Go on only if you know who started this and why. If not, close this page; nothing will have happened.")
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
            Link = (authorizationUrl, "Sign in at Salesforce"),
        };
    }

    /// <summary>The page for who comes from Salesforce without having seen the one before it.</summary>
    public static OAuthPage NotBegunHere(TenantRecord record, Uri startUrl)
    {
        var start = Start(record, startUrl);
        return start with
        {
            Link = (startUrl, "Begin at the start page"),
            Status = StatusCodes.Status409Conflict,
            Title = $"Do you want to connect {record.Tenant} with Salesforce?",
            Paragraphs =
            [
                "You come from Salesforce, and this browser has not seen yet what the access is for. Nothing was done.",
                "If you know who started this and why, begin at the start page and sign in once more. If not, close this page, and tell whoever gave you the link.",
            ],
        };
    }

    /// <summary>The page after a completion.</summary>
    public static OAuthPage Ended(TenantRecord record, WriteResult result) => (result, record.LastSetup?.Failure) switch
    {
        (WriteResult.Activated, _) => Done(
            record, "OAuth is set up and in force", "The tenant's nodes are served with this authorization from now on.", Close),
        (WriteResult.Staged, _) => Done(
            record, "OAuth is set up and waits", "The authorization is kept and serves nobody yet. SetActiveMode with MODE_OAUTH puts it in force.", Close),
        (WriteResult.TestFailed or WriteResult.TestUnknown, { } failure) => NotDone(record, failure),
        (WriteResult.CandidateChanged, _) => Overtaken,
        _ => Done(record, "What became of the setup is not known", WhereToLook, StartAgain),
    };

    /// <summary>The page of a state that opens nothing any more, or not yet.</summary>
    public static OAuthPage Over(TenantRecord record, SetupState standing) => standing switch
    {
        SetupState.Completing => Again(record, "This setup is being completed", "Somebody came back from Salesforce with it a moment ago.", "Reload this page in some seconds to see how it ended."),
        SetupState.Last when record.LastSetup is { Failure: null } last => Again(
            record, "This setup was completed before", $"It succeeded on {Time(last.EndTime)}. {WhereToLook}", Close),
        SetupState.Last when record.LastSetup is { Failure: { } failure } last => Again(
            record, "This setup was completed before", $"It ended without an authorization on {Time(last.EndTime)}: {failure.Advice}", AsBefore, StartAgain),
        SetupState.Last or SetupState.Used => Again(record, "This setup was completed before", $"Another one has ended since. {WhereToLook}", Close),
        SetupState.Expired => Expired,
        SetupState.Superseded => Superseded,
        _ => Unknown,
    };

    private static OAuthPage NotDone(TenantRecord record, Failure failure) => failure.Class == FailureClass.OutcomeUnknown
        ? Done(record, "Whether the setup worked is not known", failure.Advice, AsBefore, StartAgain)
        : Done(record, "The setup has failed", failure.Advice, AsBefore, StartAgain);

    private static OAuthPage Done(TenantRecord record, string title, params string[] paragraphs) =>
        new(StatusCodes.Status200OK, title, paragraphs) { Facts = [("Tenant", record.Tenant.ToString())] };

    private static OAuthPage Again(TenantRecord record, string title, params string[] paragraphs) =>
        Done(record, title, paragraphs) with { Status = StatusCodes.Status409Conflict };

    private static (OpenSetup Setup, OAuthCredential Credential) Of(TenantRecord record) => (record.Setup!, record.OAuth[record.Setup!.Slot]!);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
