namespace GrpcCreds.Client;

/// <summary>When this node counts as using what it was told.</summary>
public enum ReportApplied
{
    /// <summary>
    /// When the application takes it: from <see cref="CredentialSource.GetAsync"/>, <see cref="CredentialSource.ChangesAsync"/> or
    /// <see cref="CredentialSource.Current"/>. That there is no session, and everything of a tenant with a <see cref="SalesforceSessionHandler"/>, counts
    /// when it arrives: from then on nothing older is handed out.
    /// </summary>
    WhenTaken,

    /// <summary>Only when the application says so, by <see cref="CredentialSource.ReportApplied"/>: for one that keeps sessions in places of its own.</summary>
    WhenTold,
}
