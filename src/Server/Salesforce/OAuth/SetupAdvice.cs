using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.OAuth;

/// <summary>The advice for failures that only an OAuth setup fixes. Every text starts the same, so that users and pages can recognize it.</summary>
internal static class SetupAdvice
{
    public const string Begin = "Set up the OAuth token";

    public const string Refused = $"{Begin} again: the sign-in was refused at Salesforce. Sign in as the configured user and allow access.";

    public const string CodeEnded = $"{Begin} again: the sign-in was not finished in time or was already used.";

    public const string OtherSetup = $"{Begin} again: the sign-in does not belong to this setup.";

    public const string Inactive = $"{Begin} again when the user and the org are active: Salesforce reports that one of them is not.";

    public const string Ended =
        $"{Begin} again: Salesforce no longer accepts it. It expired, or was revoked by an administrator, by a policy of the org, or by newer setups of "
        + "the same user.";

    public const string NotAccepted = $"{Begin} again: Salesforce did not accept the token that it had just issued.";

    private const string Copies = "A sandbox has the users of its production org but a different org id: check the org id and Use Sandbox.";

    /// <summary>The token belongs to another user. Ids are not secret.</summary>
    public static string WrongIdentity(SalesforceIdentity authorised, SalesforceIdentity configured) => authorised switch
    {
        _ when authorised.OrgId == configured.OrgId =>
            $"{Begin} again, signed in as the configured user: authorized as {authorised.UserId}, but {configured.UserId} is configured.",
        _ => $"{Begin} again, signed in as the configured user: authorized as {Whole(authorised)}, but {Whole(configured)} is configured."
            + (authorised.UserId == configured.UserId ? $" {Copies}" : ""),
    };

    /// <summary>The sign-in happened in the other environment.</summary>
    public static string WrongEnvironment(bool sandbox) =>
        $"{Begin} again after correcting Use Sandbox: {Environments(sandbox)}.";

    /// <summary>The sign-in happened in the other environment, and the ids differ too.</summary>
    public static string WrongIdentity(SalesforceIdentity authorised, SalesforceIdentity configured, bool sandbox) =>
        $"{Begin} again after correcting Use Sandbox or the ids: {Environments(sandbox)}; "
        + $"authorized as {Whole(authorised)}, but {Whole(configured)} is configured.";

    private static string Environments(bool sandbox) => sandbox
        ? "the sign-in was at a sandbox, but Use Sandbox is set to production org"
        : "the sign-in was at a production org, but Use Sandbox is set to sandbox";

    private static string Whole(SalesforceIdentity identity) => $"{identity.UserId} of org {identity.OrgId}";
}
