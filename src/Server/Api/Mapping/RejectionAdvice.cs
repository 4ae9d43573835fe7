using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Api.Mapping;

/// <summary>What an administrator can do about a node that rejects what it received, in one sentence.</summary>
internal static class RejectionAdvice
{
    public static string Of(FailureClass failure) => failure switch
    {
        FailureClass.SessionRefused =>
            "Salesforce rejected this node's session; the service has checked the session with Salesforce, and GetCredentialStatus shows the result.",
        FailureClass.LoginRefused => "Salesforce refused the node's own login: check the password delivered to it, and whether the user is locked.",
        FailureClass.NeedsSetup => "The node reports that the OAuth grant is not valid; TestAccess checks it.",
        FailureClass.WrongIdentity => "The node found a different org or user than it expected; compare its own settings with the status.",
        FailureClass.NotPermitted =>
            "Salesforce does not accept the session from this node: check the org's login IP ranges, its session settings and the user's API permissions.",
        FailureClass.Throttled => "Salesforce limits this node's calls; the node retries automatically.",
        FailureClass.Unavailable => "This node cannot reach Salesforce: check its network.",
        FailureClass.ServiceConfiguration => "This node does not understand Salesforce's answer: check its log and version.",
        _ => "The node does not know the outcome of its call; it retries automatically.",
    };
}
