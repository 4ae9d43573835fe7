using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.OAuth;

/// <summary>What is said where only an OAuth setup helps. All of it begins in the same way, so that people and pages know it.</summary>
internal static class SetupAdvice
{
    public const string Begin = "Set up the OAuth token";

    public const string Refused = $"{Begin} again: the sign-in was refused at Salesforce. Sign in as the configured user and allow the access.";

    public const string CodeEnded = $"{Begin} again: the sign-in was not finished in time, or had been used already.";

    public const string OtherSetup = $"{Begin} again: the sign-in does not belong to this setup.";

    public const string Inactive = $"{Begin} again when the user and the org are active: Salesforce says that one of them is not.";

    public const string Ended =
        $"{Begin} again: Salesforce does not take it any more. It expired, or was revoked by an administrator, by a rule of the org, or by newer setups of "
        + "the same user.";

    public const string NotAccepted = $"{Begin} again: Salesforce did not accept the token that it had just given.";

    private const string Copies = "A sandbox has the users of its production org, in an org with another id: look at the org id and Use Sandbox.";

    /// <summary>A token that is somebody else's. Ids are no secrets.</summary>
    public static string WrongIdentity(SalesforceIdentity authorised, SalesforceIdentity configured) => authorised switch
    {
        _ when authorised.OrgId == configured.OrgId =>
            $"{Begin} again, signed in as the configured user: authorised as {authorised.UserId}, configured is {configured.UserId}.",
        _ => $"{Begin} again, signed in as the configured user: authorised as {Whole(authorised)}, configured is {Whole(configured)}."
            + (authorised.UserId == configured.UserId ? $" {Copies}" : ""),
    };

    /// <summary>The sign-in happened in the other environment.</summary>
    public static string WrongEnvironment(bool sandbox) =>
        $"{Begin} again after correcting Use Sandbox: {Environments(sandbox)}.";

    /// <summary>The same, where the ids differ too.</summary>
    public static string WrongIdentity(SalesforceIdentity authorised, SalesforceIdentity configured, bool sandbox) =>
        $"{Begin} again after correcting Use Sandbox or the ids: {Environments(sandbox)}; authorised as {Whole(authorised)}, configured is {Whole(configured)}.";

    private static string Environments(bool sandbox) => sandbox
        ? "the sign-in was at a sandbox, and Use Sandbox says production org"
        : "the sign-in was at a production org, and Use Sandbox says sandbox";

    private static string Whole(SalesforceIdentity identity) => $"{identity.UserId} of org {identity.OrgId}";
}
