namespace GrpcCreds.Server.Credentials;

/// <summary>What nodes are told of a tenant. A record's revision moves exactly when this differs.</summary>
internal sealed record Told(Availability Availability, Mode Mode, bool UseSandbox, SalesforceSession? Session, DeliveredLogin? Login)
{
    public static Told By(TenantRecord record) => record switch
    {
        { ActiveMode: Mode.Password, Password.Current: { Session: { } session } current } =>
            new(Availability.Serving, Mode.Password, current.UseSandbox, session, DeliveredLogin.Of(current)),
        { ActiveMode: Mode.Password } => Nothing(Availability.Suspended),
        _ => Nothing(record.OffCause),
    };

    /// <summary>What a person can do about having no credential, one sentence; empty when serving.</summary>
    public static string Advice(Availability availability) => availability switch
    {
        Availability.Serving => "",
        Availability.NotConfigured => "No credential is in force; set one with SetPasswordCredential.",
        Availability.Suspended => "There is no live Salesforce session; GetCredentialStatus says why, TestAccess logs in again.",
        Availability.SwitchedOff => "The tenant was switched off; SetActiveMode puts its credential in force again.",
        Availability.Deleted => "The credential in force was deleted; set a new one.",
        Availability.NotPermitted => "The caller may not read this tenant, or there is no such tenant.",
        Availability.Unreadable => "The stored record cannot be unsealed; an operator has to look at keys and store.",
        _ => throw new ArgumentOutOfRangeException(nameof(availability)),
    };

    private static Told Nothing(Availability cause) => new(cause, Mode.Off, false, null, null);
}

/// <summary>The login itself, for nodes that must log in themselves.</summary>
internal sealed record DeliveredLogin(string Username, Secret Password, Secret SecurityToken)
{
    public static DeliveredLogin? Of(PasswordCredential credential) =>
        credential.DeliverLogin ? new(credential.Username, credential.Password, credential.SecurityToken) : null;
}
