using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Xunit;
using Assembly = System.Reflection.Assembly;
using Type = System.Type;

namespace GrpcCreds.Tests.House;

/// <summary>
/// Which of the server's folders may use which, read from the compiled assembly: a using, a qualified name and a type that only appears in a generic
/// argument all count. A folder is a namespace, its parts are the namespaces in it.
/// </summary>
public sealed class LayeringTests
{
    private const string Root = "GrpcCreds.Server";

    /// <summary>What every folder may use.</summary>
    private static readonly string[] Leaves = ["Values", "Configuration", "Observability", "Time"];

    /// <summary>A name without a part stands for the folder and all its parts. What is not in the table is forbidden.</summary>
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Values"] = [],
        ["Configuration"] = [],
        ["Time"] = [],
        ["Observability"] = [],
        ["Store"] = [],
        ["Store.Redis"] = ["Store"],
        ["Store.Sqlite"] = ["Store"],
        ["Cluster"] = ["Store"],
        ["Keys"] = ["Cluster", "Store"],
        ["Audit"] = ["Keys", "Store"],
        ["Tenants.Model"] = [],
        ["Tenants.Rules"] = ["Tenants.Model"],
        ["Tenants.Replica"] = ["Tenants.Model", "Keys", "Store"],
        ["Tenants.Records"] = ["Tenants.Model", "Tenants.Rules", "Tenants.Replica", "Audit", "Keys", "Cluster", "Store"],
        ["Tenants.Following"] = ["Tenants.Model", "Tenants.Replica", "Tenants.Records", "Keys", "Cluster", "Store"],
        ["Accounts"] = ["Tenants.Model", "Keys", "Cluster", "Store"],
        ["Callers"] = ["Callers"],
        ["Callers.ApiKeys"] = [],
        ["Callers.Certificates"] = [],
        ["Callers.Tokens"] = [],
        ["Callers.Rights"] = [],
        ["Callers.Limits"] = [],
        ["Salesforce"] = ["Salesforce"],
        ["Salesforce.Http"] = ["Tenants.Model"],
        ["Salesforce.Rest"] = ["Salesforce.Http", "Tenants.Model", "Tenants.Rules"],
        ["Salesforce.Dialogues"] = ["Salesforce.Rest", "Tenants.Model", "Tenants.Rules"],
        ["Salesforce.OAuth"] = ["Salesforce.Http", "Salesforce.Dialogues", "Salesforce.Rest", "Tenants.Model", "Tenants.Rules"],
        ["Salesforce.Tokens"] = ["Salesforce.Dialogues", "Salesforce.Http", "Salesforce.OAuth", "Salesforce.Rest", "Tenants.Model", "Tenants.Rules"],
        ["Salesforce.ClientCredentials"] =
            ["Salesforce.Dialogues", "Salesforce.Http", "Salesforce.OAuth", "Salesforce.Tokens", "Tenants.Model", "Tenants.Rules"],
        ["Salesforce.JwtBearer"] = ["Salesforce.Dialogues", "Salesforce.Http", "Salesforce.OAuth", "Salesforce.Tokens", "Tenants.Model", "Tenants.Rules"],
        ["Salesforce.Results"] = ["Tenants", "Audit", "Store"],
        ["Salesforce.Soap"] =
        [
            "Salesforce.Http", "Salesforce.Dialogues", "Salesforce.Rest", "Salesforce.Results", "Accounts", "Tenants.Model", "Tenants.Rules",
        ],
        ["Salesforce.Setup"] = ["Salesforce.Http", "Salesforce.OAuth", "Salesforce.Results", "Tenants", "Audit"],
        ["Salesforce.Renewal"] = ["Salesforce", "Tenants", "Audit", "Store"],
        ["Salesforce.Rotation"] = ["Salesforce", "Tenants", "Audit"],
        ["Salesforce.Testing"] = ["Salesforce", "Tenants", "Audit", "Store"],
        ["Watch"] = ["Tenants", "Audit", "Callers", "Cluster", "Store"],
        ["Rollout"] = ["Tenants", "Audit", "Callers", "Cluster", "Store"],
        ["Api"] = ["Accounts", "Api", "Audit", "Callers", "Cluster", "Hosting", "Keys", "Rollout", "Salesforce", "Store", "Tenants", "Watch"],
        ["Api.Mapping"] = ["Accounts", "Audit", "Callers", "Cluster", "Keys", "Rollout", "Salesforce", "Store", "Tenants", "Watch"],
        ["Api.Pages"] = ["Api.Mapping", "Audit", "Callers", "Salesforce", "Store", "Tenants"],
        ["Api.Validation"] = ["Api.Mapping", "Api.Pages", "Audit", "Salesforce", "Tenants"],
        ["Hosting"] = ["Accounts", "Audit", "Callers", "Cluster", "Keys", "Rollout", "Salesforce", "Store", "Tenants", "Watch"],
    };

    private static readonly Lazy<IReadOnlyList<(string From, string To)>> Uses = new(() => Read(typeof(Server.ServiceHost).Assembly));

    public static TheoryData<string> Parts => [.. Uses.Value.SelectMany(use => new[] { use.From, use.To }).Select(PartOf).Where(part => part != "").Distinct()];

    [Theory, MemberData(nameof(Parts))]
    public void A_part_uses_only_what_the_table_allows(string part)
    {
        Assert.True(MayUse.TryGetValue(part, out var allowed), $"{part} is not in the table");
        var forbidden = Uses.Value.Where(use => PartOf(use.From) == part && PartOf(use.To) is var used && used != part)
            .Where(use => !Leaves.Concat(allowed).Any(name => PartOf(use.To) == name || PartOf(use.To).StartsWith(name + '.', StringComparison.Ordinal)))
            .Select(use => $"{use.From} uses {use.To}");
        Assert.Empty(forbidden);
    }

    [Fact]
    public void The_table_has_nothing_that_is_not_there() => Assert.Empty(MayUse.Keys.Except(Parts.Select(row => row.Data)));

    [Fact]
    public void No_part_leads_back_to_itself() =>
        Assert.Empty(Cycles(Uses.Value.Select(use => (PartOf(use.From), PartOf(use.To))).Where(use => use.Item1 != use.Item2)));

    [Fact]
    public void No_folder_leads_back_to_itself() =>
        Assert.Empty(Cycles(Uses.Value.Select(use => (FolderOf(use.From), FolderOf(use.To))).Where(use => use.Item1 != use.Item2)));

    [Fact]
    public void No_type_leads_back_to_itself_by_another() => Assert.Empty(Cycles(Uses.Value));

    [Fact]
    public void The_composition_root_is_used_by_nothing() => Assert.DoesNotContain(Uses.Value, use => PartOf(use.To) == "");

    // Through a lambda, an async method, a generic argument, an attribute and a nested type; all of them there now.
    [Theory]
    [InlineData("Hosting.TenantsServices", "Keys.HeldKeys")]
    [InlineData("Tenants.Records.TenantRecords", "Tenants.Rules.RecordRules")]
    [InlineData("Salesforce.Renewal.SessionRenewer", "Salesforce.Dialogues.IModeSessions")]
    [InlineData("Rollout.RolloutTimes", "Rollout.Fleets")]
    public void A_use_is_found_however_it_is_written(string from, string to) => Assert.Contains((from, to), Uses.Value);

    [Fact]
    public void A_cycle_is_found()
    {
        Assert.Equal(["b c d"], Cycles([("a", "b"), ("b", "c"), ("c", "d"), ("d", "b"), ("d", "e"), ("a", "e")]));
        Assert.Empty(Cycles([("a", "b"), ("b", "c"), ("a", "c")]));
    }

    [Fact]
    public void Everything_of_the_service_is_internal_and_sealed_but_for_its_door()
    {
        var types = typeof(Server.ServiceHost).Assembly.GetTypes().Where(type => type.Namespace?.StartsWith(Root, StringComparison.Ordinal) == true);
        Assert.Equal([typeof(Server.ServiceHost)], types.Where(type => type.IsPublic));
        Assert.Equal(
            [typeof(Server.Keys.Sealer), typeof(Server.Store.Redis.RedisBarrier)],
            types.Where(IsOpen).Where(type => !types.Any(other => other.BaseType == type)).OrderBy(type => type.FullName, StringComparer.Ordinal));
    }

    // A base is abstract; two classes are open for a reason that their comments give.
    private static bool IsOpen(Type type) =>
        type is { IsClass: true, IsSealed: false, IsAbstract: false, IsNested: false }
        && !type.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute), inherit: false);

    /// <summary>Which type uses which other, by names without <see cref="Root"/>. A nested type counts as the one it is in.</summary>
    private static IReadOnlyList<(string From, string To)> Read(Assembly assembly)
    {
        var types = new ArchLoader().LoadAssembly(assembly).Build().Types.Where(type => IsOurs(type) && !type.IsStub);
        var uses = from type in types
                   from dependency in type.Dependencies
                   where IsOurs(dependency.Target) && dependency.Target is not GenericParameter
                   let use = (From: NameOf(type), To: NameOf(dependency.Target))
                   where use.From != use.To
                   select use;
        return [.. uses.Distinct().Order()];
    }

    private static bool IsOurs(IType type) => type.FullName.StartsWith(Root + '.', StringComparison.Ordinal);

    private static string NameOf(IType type) => type.FullName[(Root.Length + 1)..].Split('+', '/', '`', '<')[0];

    private static string PartOf(string type) => type.LastIndexOf('.') is > 0 and var dot ? type[..dot] : "";

    private static string FolderOf(string type) => type.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? type[..dot] : "";

    /// <summary>Every set of names of which each leads to each other (Tarjan's strongly connected components), in words.</summary>
    private static List<string> Cycles(IEnumerable<(string From, string To)> uses)
    {
        var next = uses.ToLookup(use => use.From, use => use.To);
        var (found, low, open, cycles) = (new Dictionary<string, int>(), new Dictionary<string, int>(), new Stack<string>(), new List<string>());
        foreach (var name in next.Select(group => group.Key).Order(StringComparer.Ordinal))
            Visit(name);
        return cycles;

        void Visit(string name)
        {
            if (!found.TryAdd(name, found.Count))
                return;
            low[name] = found[name];
            open.Push(name);
            foreach (var other in next[name])
            {
                Visit(other);
                if (open.Contains(other))
                    low[name] = Math.Min(low[name], low[other]);
            }
            if (low[name] != found[name])
                return;
            var members = new List<string>();
            do
                members.Add(open.Pop());
            while (members[^1] != name);
            if (members.Count > 1)
                cycles.Add(string.Join(' ', members.Order(StringComparer.Ordinal)));
        }
    }
}
