using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace GrpcCreds.Tests.House;

/// <summary>Who may import whom among the service's folders; what is not in the table is forbidden.</summary>
public sealed partial class LayeringTests
{
    private static readonly Dictionary<string, string[]> MayImport = new()
    {
        ["Api"] = ["Audit", "Callers", "Credentials", "Encryption", "Rollout", "Salesforce", "Store", "Watch"],
        ["Rollout"] = ["Credentials", "Store", "Audit", "Callers"],
        ["Watch"] = ["Credentials", "Store", "Audit", "Callers"],
        ["Salesforce"] = ["Credentials", "Store", "Audit", "Callers"],
        ["Credentials"] = ["Audit", "Encryption", "Store"],
        ["Audit"] = ["Encryption", "Store"],
        ["Callers"] = [],
        ["Encryption"] = [],
        ["Store"] = [],
        ["Observability"] = [],
        ["Time"] = [],
    };

    public static TheoryData<string> Folders => [.. new DirectoryInfo(Server).EnumerateDirectories().Select(folder => folder.Name).Where(name => name is not ("bin" or "obj" or "Properties"))];

    private static string Server => Path.Combine(Repository.Root, "src", "Server");

    [Theory, MemberData(nameof(Folders))]
    public void A_folder_imports_only_what_the_table_allows(string folder)
    {
        Assert.True(MayImport.ContainsKey(folder), $"{folder} is not in the table");
        var forbidden = from file in Directory.EnumerateFiles(Path.Combine(Server, folder), "*.cs", SearchOption.AllDirectories)
                        from Match match in Import().Matches(File.ReadAllText(file))
                        let imported = match.Groups[1].Value
                        where imported != folder && MayImport.ContainsKey(imported) && imported != "Observability" && !MayImport[folder].Contains(imported)
                        select $"{Path.GetFileName(file)} imports {imported}";
        Assert.Empty(forbidden);
    }

    [Fact]
    public void Everything_of_the_service_is_internal_and_sealed_but_for_its_door()
    {
        var types = typeof(Server.ServiceHost).Assembly.GetTypes().Where(type => type.Namespace?.StartsWith("GrpcCreds.Server", StringComparison.Ordinal) == true);
        Assert.Equal([typeof(Server.ServiceHost)], types.Where(type => type.IsPublic));
        Assert.Equal([typeof(Server.Keys.Sealer)], types.Where(IsOpen).Where(type => !types.Any(other => other.BaseType == type)));
    }

    // A base is abstract; one class is open for a reason that stands on it.
    private static bool IsOpen(Type type) =>
        type is { IsClass: true, IsSealed: false, IsAbstract: false, IsNested: false } && type.GetCustomAttribute<System.Runtime.CompilerServices.CompilerGeneratedAttribute>() is null;

    [GeneratedRegex(@"\bGrpcCreds\.Server\.([A-Z]\w+)")]
    private static partial Regex Import();
}
