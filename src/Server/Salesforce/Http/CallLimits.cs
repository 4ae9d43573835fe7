namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>The limits of one call, in real time. They are fixed; tests shorten them.</summary>
internal sealed record CallLimits(TimeSpan Connect, TimeSpan WholeCall, int MaxBytes)
{
    public static readonly CallLimits Default = new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(20), 64 * 1024);
}
