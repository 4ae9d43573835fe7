namespace GrpcCreds.Server.Watch;

/// <summary>For how long a write may be stuck: while the stream runs, and when it is to end. Real time, whatever clock the service runs by; tests shorten it.</summary>
internal sealed record WriteLimits(TimeSpan Patience, TimeSpan LastPatience)
{
    public static readonly WriteLimits Default = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(1));
}
