using Microsoft.Extensions.Options;

namespace GrpcCreds.Client;

/// <summary>Validates the settings. All problems are reported together.</summary>
internal sealed class OptionsRules : IValidateOptions<GrpcCredsClientOptions>
{
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(5);

    public ValidateOptionsResult Validate(string? name, GrpcCredsClientOptions options)
    {
        var problems = Problems(options).ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    public static IEnumerable<string> Problems(GrpcCredsClientOptions options)
    {
        // The gRPC client would silently ignore a path.
        if (options.Address is not { IsAbsoluteUri: true, Scheme: "http" or "https", PathAndQuery: "/", Fragment: "", UserInfo: "" })
            yield return "Address must be the service's address, https://host:port or http://host:port, with nothing after it";
        if (options.NodeId is { } node && (node.Length is 0 or > 128 || node.Any(c => c is <= ' ' or > '~')))
            yield return "NodeId must be 1 to 128 printable ASCII characters without spaces, or left out";
        if (options.HeartbeatInterval < TimeSpan.FromSeconds(5) || options.HeartbeatInterval > TimeSpan.FromSeconds(60))
            yield return "HeartbeatInterval must be 5 s to 60 s";
        if (!Enum.IsDefined(options.ReportApplied))
            yield return "ReportApplied must be WhenTaken or WhenTold";
        if (options.MinBackoff < TimeSpan.FromMilliseconds(1) || options.MinBackoff > LongestBackoff)
            yield return "MinBackoff must be 1 ms to 5 min";
        if (options.MaxBackoff < options.MinBackoff || options.MaxBackoff > LongestBackoff)
            yield return "MaxBackoff must be MinBackoff to 5 min";
        if (options.TimeProvider is null)
            yield return "TimeProvider must not be null";
    }
}
