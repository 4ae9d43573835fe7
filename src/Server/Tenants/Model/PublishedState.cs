namespace GrpcCreds.Server.Tenants.Model;

/// <summary>What nodes receive about a tenant. A record's revision changes exactly when this changes.</summary>
internal sealed record PublishedState(Availability Availability, Mode Mode, bool UseSandbox, SalesforceSession? Session, DeliveredLogin? Login)
{
    public static PublishedState By(TenantRecord record) => record.Active switch
    {
        { Renewal.Session: { } session } active => new(Availability.Serving, record.ActiveMode, active.UseSandbox, session, active.Login),
        { } active => Nothing(active.Renewal.IsStopped ? active.StoppedAvailability : Availability.Suspended),
        null when record.OffCause == Availability.NotConfigured && Modes.All.Any(mode => record[mode, Slot.Candidate] is { IsComplete: false }) =>
            Nothing(Availability.SetupRequired),
        null => Nothing(record.OffCause),
    };

    /// <summary>One sentence on what a person can do about a missing credential; empty when serving.</summary>
    public static string Advice(Availability availability) => availability switch
    {
        Availability.Serving => "",
        Availability.NotConfigured =>
            "No credential is in force; SetPasswordCredential, SetOAuthCredential, SetClientCredentials or SetJwtBearerCredential saves one, "
            + "SetActiveMode puts a saved one in force.",
        Availability.SetupRequired => "A Salesforce user has to authorize the saved org and user: StartOAuthSetup begins it.",
        Availability.ReauthorizationRequired =>
            "Set up the OAuth token: the grant can no longer be renewed; StartOAuthSetup authorizes again.",
        Availability.Suspended => "There is no live Salesforce session; GetCredentialStatus shows why and what to do.",
        Availability.SwitchedOff => "The tenant was switched off; SetActiveMode puts its credential in force again.",
        Availability.Deleted => "The credential in force was deleted; set a new one.",
        Availability.NotPermitted => "The caller may not read this tenant, or the tenant does not exist.",
        Availability.Unreadable => "The stored record cannot be unsealed; an operator has to check the keys and the store.",
        _ => throw new ArgumentOutOfRangeException(nameof(availability)),
    };

    private static PublishedState Nothing(Availability cause) => new(cause, Mode.Off, false, null, null);
}
