namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>Ends a call before its first byte is sent.</summary>
internal sealed class NotSentException(NotSentReason reason) : Exception($"nothing was sent: {reason}")
{
    public NotSentReason Reason => reason;
}
