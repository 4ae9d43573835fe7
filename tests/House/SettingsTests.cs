using System.Reflection;
using GrpcCreds.Server;
using Xunit;

namespace GrpcCreds.Tests.House;

public sealed class SettingsTests
{
    public static TheoryData<string> Settings => [.. typeof(ServiceHost).Assembly.GetTypes()
        .Where(type => type.GetField("Section", BindingFlags.Public | BindingFlags.Static) is not null)
        .SelectMany(type => Names(type, (string)type.GetField("Section")!.GetRawConstantValue()!))];

    [Theory, MemberData(nameof(Settings))]
    public void Every_setting_is_listed_on_the_settings_page(string setting) =>
        Assert.Contains($"`{setting}", File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations", "settings.md")), StringComparison.Ordinal);

    private static IEnumerable<string> Names(Type type, string section) =>
        from property in type.GetProperties()
        where property.CanWrite
        let name = $"{section}:{property.Name}"
        from setting in property.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal) ? Names(property.PropertyType, name) : [name]
        select setting;
}
