using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>
/// The name of a My Domain shows its environment, which must match use_sandbox: otherwise a login would land in the wrong org.
/// Names that do not show it, such as those an operator has allowed, are accepted unchanged.
/// </summary>
internal static class EnvironmentRules
{
    private static readonly string[] Suffixes = [".my.salesforce.com", ".my.salesforce.mil", ".my.sfcrmproducts.cn"];

    /// <summary>Both fields, if they are at odds. What is not given is what is kept of the saved credential.</summary>
    /// <param name="useSandbox">Of the request; null keeps what is there.</param>
    /// <param name="myDomain">Of the request; null keeps what is there, empty takes it away.</param>
    /// <param name="kept">What is there.</param>
    public static IEnumerable<FieldViolation> Violations(bool? useSandbox, string? myDomain, Credential? kept)
    {
        var (sandbox, host) = (useSandbox ?? kept?.UseSandbox ?? false, myDomain ?? kept?.MyDomain ?? "");
        // What was saved is not judged by a request that does not touch it.
        if ((useSandbox is null && myDomain is null) || IsSandbox(host) is not { } isSandbox || isSandbox == sandbox)
            return [];
        var (domain, environment) = isSandbox ? ("a sandbox's", "true") : ("a production org's", "false");
        return
        [
            new(
                "my_domain",
                $"{Saved(myDomain, kept)}is {domain} and needs use_sandbox {environment}; "
                + "else give the My Domain of the other org, or an empty string for none"),
            new("use_sandbox", $"{Saved(useSandbox, kept)}must be {environment} with this my_domain"),
        ];
    }

    // The host itself is public; still nothing that was sent is repeated.
    private static string Saved(object? given, Credential? kept) => given is null && kept is not null ? "the saved one " : "";

    /// <summary>Whether an org at this host is reached by test.salesforce.com; null if its name does not tell.</summary>
    internal static bool? IsSandbox(string host)
    {
        if (Suffixes.FirstOrDefault(suffix => host.EndsWith(suffix, StringComparison.Ordinal)) is not { } suffix)
            return null;
        return host[..^suffix.Length].Split('.') switch
        {
            [_, "sandbox" or "scratch"] => true,
            [_, "develop" or "trailblaze" or "demo" or "free" or "patch"] => false,
            // An older sandbox, named after its production org; a My Domain has no two hyphens in a row.
            [var name, ..] when name.Contains("--", StringComparison.Ordinal) => true,
            [_] => false,
            _ => null,
        };
    }
}
