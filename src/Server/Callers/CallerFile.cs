using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using GrpcCreds.Server.Callers.ApiKeys;
using GrpcCreds.Server.Callers.Certificates;
using GrpcCreds.Server.Callers.Rights;
using GrpcCreds.Server.Configuration;

namespace GrpcCreds.Server.Callers;

/// <summary>
/// Reads the caller file, one table for certificates, tokens and keys:
/// <code>
/// {"callers": [{
///   "name": "ann",
///   "certificate_uris": ["spiffe://example.org/ann"], "certificate_subjects": ["CN=ann, O=Example"],
///   "jwt_subjects": ["ann@example.org"], "api_keys": [{"id": "…", "sha256": "…"}],
///   "grants": [{"role": "admin", "tenants": ["acme"]}, {"role": "viewer", "tenants": ["*"]}]
/// }]}
/// </code>
/// </summary>
internal sealed partial class CallerFile(CallersOptions options)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        // A misspelled name must not silently grant less, or more, than was meant.
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    private static readonly Dictionary<string, Role> Roles = Enum.GetValues<Role>().ToDictionary(role => role.ToString().ToLowerInvariant());

    // The name the service itself uses, and the name of every caller while authentication is off.
    private static readonly string[] ReservedNames = ["service", Caller.DevelopmentName];

    /// <exception cref="FileException">The file is not a valid table; the text names everything that is wrong.</exception>
    public CallerTable Parse(byte[] content)
    {
        var problems = new List<string>();
        var table = new Draft(problems);
        var callers = Read(content).Callers;
        foreach (var (index, caller) in callers.Index())
            Take(caller, $"callers[{index}]", table, problems);
        return problems.Count == 0 ? new(table.Uris, table.Subjects, table.JwtSubjects, table.ApiKeys) : throw new FileException(string.Join("; ", problems));
    }

    private static TableJson Read(byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize<TableJson>(content, Json) ?? throw new FileException("it is empty");
        }
        catch (JsonException e)
        {
            throw new FileException($"it is not valid JSON of a caller table: {e.Message}");
        }
    }

    private void Take(CallerJson caller, string at, Draft table, List<string> problems)
    {
        if (!Name().IsMatch(caller.Name) || ReservedNames.Contains(caller.Name))
            problems.Add($"{at}.name must be 1 to 64 letters, digits, '.', '_', '@', '/' or '-', and not {string.Join(" or ", ReservedNames)}");
        else if (!table.Names.Add(caller.Name))
            problems.Add($"{at}.name is also the name of another caller");
        var entry = new CallerEntry(caller.Name, GrantsOf(caller, at, problems));

        foreach (var uri in caller.CertificateUris)
        {
            if (!SpiffeId.TryParse(uri, out var id) || id.TrustDomain != options.Certificates.TrustDomain)
                problems.Add($"{at}.certificate_uris: each must be spiffe://<Callers:Certificates:TrustDomain>/<path>");
            table.Add(table.Uris, uri, entry, $"{at}.certificate_uris");
        }
        foreach (var subject in caller.CertificateSubjects)
            table.Add(table.Subjects, subject, entry, $"{at}.certificate_subjects");
        foreach (var subject in caller.JwtSubjects)
            table.Add(table.JwtSubjects, subject, entry, $"{at}.jwt_subjects");
        foreach (var key in caller.ApiKeys)
            Take(key, entry, at, table, problems);

        if (caller.CertificateUris.Length + caller.CertificateSubjects.Length > 0 && options.Certificates.AuthoritiesFile is null)
            problems.Add($"{at} has certificates, but Callers:Certificates:AuthoritiesFile is not set");
        if (caller.JwtSubjects.Length > 0 && options.Jwt.Issuer is null)
            problems.Add($"{at} has jwt_subjects, but Callers:Jwt:Issuer is not set");
        if (caller.CertificateUris.Length + caller.CertificateSubjects.Length + caller.JwtSubjects.Length + caller.ApiKeys.Length == 0)
            problems.Add($"{at} needs one of certificate_uris, certificate_subjects, jwt_subjects and api_keys");
    }

    private static void Take(ApiKeyJson key, CallerEntry entry, string at, Draft table, List<string> problems)
    {
        if (!ApiKey.IsId(key.Id) || !Sha256().IsMatch(key.Sha256))
            problems.Add($"{at}.api_keys: each must have an id and a sha256 as new-api-key prints them");
        else
            table.Add(table.ApiKeys, key.Id, (Convert.FromHexString(key.Sha256), entry), $"{at}.api_keys");
    }

    private static Grants GrantsOf(CallerJson caller, string at, List<string> problems)
    {
        var tenants = new Dictionary<Role, HashSet<string>>();
        foreach (var (index, grant) in caller.Grants.Index())
        {
            if (!Roles.TryGetValue(grant.Role, out var role))
                problems.Add($"{at}.grants[{index}].role must be admin, viewer, node or auditor");
            else if (!tenants.TryAdd(role, [.. grant.Tenants]))
                problems.Add($"{at}.grants[{index}].role appears twice");
            if (grant.Tenants.Length == 0 || grant.Tenants.Any(tenant => tenant != Grants.AllTenants && !TenantId.TryParse(tenant, out _)))
                problems.Add($"{at}.grants[{index}].tenants must be \"*\" or tenant ids: {TenantId.Allowed}");
        }
        if (tenants.Count == 0)
            problems.Add($"{at}.grants must not be empty");
        if (tenants.ContainsKey(Role.Admin) && tenants.ContainsKey(Role.Node))
            problems.Add($"{at}.grants: no caller may both change and receive credentials; use one caller for admin and another for node");
        return new(tenants);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._@/-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[0-9a-f]{64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Sha256();

    /// <summary>The table while it is being read; every key in it must be unique.</summary>
    private sealed class Draft(List<string> problems)
    {
        public HashSet<string> Names { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, CallerEntry> Uris { get; } = [];

        public Dictionary<string, CallerEntry> Subjects { get; } = [];

        public Dictionary<string, CallerEntry> JwtSubjects { get; } = [];

        public Dictionary<string, (byte[], CallerEntry)> ApiKeys { get; } = [];

        public void Add<T>(Dictionary<string, T> to, string key, T value, string at)
        {
            if (string.IsNullOrWhiteSpace(key))
                problems.Add($"{at}: none may be empty");
            else if (!to.TryAdd(key, value))
                problems.Add($"{at}: one of them appears in the table twice");
        }
    }

    private sealed record TableJson(CallerJson[] Callers);

    private sealed record CallerJson
    {
        public required string Name { get; init; }

        public string[] CertificateUris { get; init; } = [];

        public string[] CertificateSubjects { get; init; } = [];

        public string[] JwtSubjects { get; init; } = [];

        public ApiKeyJson[] ApiKeys { get; init; } = [];

        public required GrantJson[] Grants { get; init; }
    }

    private sealed record ApiKeyJson
    {
        public required string Id { get; init; }

        public required string Sha256 { get; init; }
    }

    private sealed record GrantJson
    {
        public required string Role { get; init; }

        public required string[] Tenants { get; init; }
    }
}
