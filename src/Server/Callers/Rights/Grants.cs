using System.Collections.Frozen;

namespace GrpcCreds.Server.Callers.Rights;

/// <summary>The roles a caller has, and for which tenants. Immutable; anything that is not granted is denied.</summary>
internal sealed class Grants
{
    /// <summary>In the table: every tenant, including those that do not exist yet.</summary>
    public const string AllTenants = "*";

    /// <summary>No rights.</summary>
    public static readonly Grants None = new([]);

    /// <summary>Every role for every tenant; only while authentication is off.</summary>
    public static readonly Grants Everything = new(Enum.GetValues<Role>().ToDictionary(role => role, _ => new HashSet<string> { AllTenants }));

    private readonly FrozenDictionary<Role, FrozenSet<string>> tenants;

    public Grants(Dictionary<Role, HashSet<string>> tenants) =>
        this.tenants = tenants.ToFrozenDictionary(role => role.Key, role => role.Value.ToFrozenSet(StringComparer.Ordinal));

    /// <summary>Whether the caller has the role for any tenant.</summary>
    public bool Has(Role role) => tenants.ContainsKey(role);

    /// <summary>
    /// Whether the caller has the role for this tenant. Accepts any text: text that no grant names is denied in the same way, whether it is another caller's
    /// tenant, an unknown tenant or not a tenant id.
    /// </summary>
    public bool Has(Role role, string tenant) =>
        tenants.TryGetValue(role, out var set) && (set.Contains(AllTenants) || (tenant != AllTenants && set.Contains(tenant)));
}
