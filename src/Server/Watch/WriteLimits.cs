namespace GrpcCreds.Server.Watch;

/// <summary>
/// How long a write may be stuck: while the stream runs, and when it should end. In real time, independent of the service's clock; tests shorten it.
/// </summary>
internal sealed record WriteLimits(TimeSpan Patience, TimeSpan LastPatience)
{
    public static readonly WriteLimits Default = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(1));
}
