using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>
/// The name of a My Domain shows its environment, which must match use_sandbox: otherwise a login would land in the wrong org.
/// Names that do not show it, such as those an operator has allowed, are accepted unchanged.
/// </summary>
internal static class EnvironmentRules
{
    private static readonly string[] Suffixes = [".my.salesforce.com", ".my.salesforce.mil", ".my.sfcrmproducts.cn"];

    /// <summary>A violation for both fields, if they contradict each other. A field that is not given keeps the saved value.</summary>
    /// <param name="useSandbox">From the request; null keeps the saved value.</param>
    /// <param name="myDomain">From the request; null keeps the saved value, empty removes it.</param>
    /// <param name="kept">The saved credential.</param>
    public static IEnumerable<FieldViolation> Violations(bool? useSandbox, string? myDomain, Credential? kept)
    {
        var (sandbox, host) = (useSandbox ?? kept?.UseSandbox ?? false, myDomain ?? kept?.MyDomain ?? "");
        // A request that changes neither field is not judged by what was saved before.
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

    // The host is public, but a text never repeats what was sent.
    private static string Saved(object? given, Credential? kept) => given is null && kept is not null ? "the saved one " : "";

    /// <summary>Whether an org at this host is reached by test.salesforce.com; null if its name does not show it.</summary>
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
