using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Api.Mapping;

/// <summary>What a person can do about a node that rejects what it was sent, one sentence.</summary>
internal static class RejectionAdvice
{
    public static string Of(FailureClass failure) => failure switch
    {
        FailureClass.SessionRefused => "Salesforce did not take the session from this node; the service has asked Salesforce itself, GetCredentialStatus says what came of it.",
        FailureClass.LoginRefused => "Salesforce refused the node's own login: check the delivered password, and whether the user is locked.",
        FailureClass.NeedsSetup => "The node says that the OAuth grant is no good; TestAccess tells whether that is so.",
        FailureClass.WrongIdentity => "The node found another org or user than it expected; compare its own settings with the status.",
        FailureClass.NotPermitted => "Salesforce does not let the session be used from this node: look at the org's login IP ranges, its session settings and the user's API permissions.",
        FailureClass.Throttled => "Salesforce asks this node for fewer calls; it goes on by itself.",
        FailureClass.Unavailable => "This node does not reach Salesforce: look at its network.",
        FailureClass.ServiceConfiguration => "Salesforce's answer makes no sense to this node: look at its own log and version.",
        _ => "The node does not know what became of its call; it goes on by itself.",
    };
}
