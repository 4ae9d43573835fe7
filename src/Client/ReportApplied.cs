namespace GrpcCreds.Client;

/// <summary>When this node counts as using a revision.</summary>
public enum ReportApplied
{
    /// <summary>
    /// When the application takes it from <see cref="CredentialSource.GetAsync"/>, <see cref="CredentialSource.ChangesAsync"/> or
    /// <see cref="CredentialSource.Current"/>. A revision without a session, and every revision of a tenant with a
    /// <see cref="SalesforceSessionHandler"/>, counts when it arrives, because nothing older is used from then on.
    /// </summary>
    WhenTaken,

    /// <summary>Only when the application calls <see cref="CredentialSource.ReportApplied"/>: for an application that keeps sessions elsewhere.</summary>
    WhenTold,
}
