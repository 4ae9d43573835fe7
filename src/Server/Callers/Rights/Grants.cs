using System.Collections.Frozen;

namespace GrpcCreds.Server.Callers.Rights;

/// <summary>For which tenants a caller has which role. Immutable; what is not in it is denied.</summary>
internal sealed class Grants
{
    /// <summary>In the table: every tenant, those too that do not exist yet.</summary>
    public const string AllTenants = "*";

    /// <summary>Nothing at all.</summary>
    public static readonly Grants None = new([]);

    /// <summary>Every role for every tenant; only for a service that does not ask who calls.</summary>
    public static readonly Grants Everything = new(Enum.GetValues<Role>().ToDictionary(role => role, _ => new HashSet<string> { AllTenants }));

    private readonly FrozenDictionary<Role, FrozenSet<string>> tenants;

    public Grants(Dictionary<Role, HashSet<string>> tenants) =>
        this.tenants = tenants.ToFrozenDictionary(role => role.Key, role => role.Value.ToFrozenSet(StringComparer.Ordinal));

    /// <summary>Whether the caller has the role for any tenant.</summary>
    public bool Has(Role role) => tenants.ContainsKey(role);

    /// <summary>Whether the caller has the role for this tenant. Takes any text: what no grant names is denied alike, whether it is foreign, unknown or no tenant id.</summary>
    public bool Has(Role role, string tenant) => tenants.TryGetValue(role, out var set) && (set.Contains(AllTenants) || (tenant != AllTenants && set.Contains(tenant)));
}
