namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>The limits of one call, in real time. They are fixed; tests shorten them.</summary>
internal sealed record CallLimits(TimeSpan Connect, TimeSpan WholeCall, int MaxBytes)
{
    /// <summary>The limit of an answer that describes objects: Salesforce sends up to a megabyte about one.</summary>
    public int MaxLargeBytes { get; init; } = 16 * 1024 * 1024;

    public static readonly CallLimits Default = new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(20), 64 * 1024);
}
