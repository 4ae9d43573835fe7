using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Configuration;

/// <summary>
/// The settings of all features, checked together before anything starts: all errors are reported at once, each with the name of its setting and the
/// allowed values, never with the given value. An unknown name is an error too, because a typo must not silently leave a default in force.
/// </summary>
internal static class Settings
{
    /// <summary>Binds a section to its options, and registers it for the check.</summary>
    public static OptionsBuilder<T> AddSettings<T>(this IServiceCollection services, string section)
        where T : class
    {
        services.AddSingleton(new SettingsSection(section, typeof(T), provider => _ = provider.GetRequiredService<IOptions<T>>().Value));
        services.AddSingleton<IValidateOptions<T>>(new Rules<T>(section));
        return services.AddOptions<T>().BindConfiguration(section);
    }

    /// <exception cref="OptionsValidationException">Some settings are wrong.</exception>
    public static void Check(IServiceProvider provider)
    {
        var configuration = provider.GetRequiredService<IConfiguration>();
        var problems = new List<string>();
        foreach (var section in provider.GetServices<SettingsSection>())
            problems.AddRange(SettingsText.Problems(configuration.GetSection(section.Name), section.Type));
        var isReadable = problems.Count == 0;
        foreach (var section in provider.GetServices<SettingsSection>())
        {
            try
            {
                section.Read(provider);
            }
            catch (OptionsValidationException e)
            {
                problems.AddRange(e.Failures);
            }
            catch (InvalidOperationException) when (!isReadable)
            {
                // It has a wrong type, which is already reported, or depends on a setting that has.
            }
        }
        if (problems.Count > 0)
            throw new OptionsValidationException("", typeof(object), problems.Distinct());
    }

    // Attributes define what is allowed in a single setting; Validate checks rules between several.
    private sealed class Rules<T>(string section) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options)
        {
            var single = from property in typeof(T).GetProperties()
                         where property.CanWrite
                         let problem = SettingsText.Problem($"{section}:{property.Name}", property, property.GetValue(options))
                         where problem is not null
                         select problem;
            var together = (options as IValidatableObject)?.Validate(new(options)).Select(result => result.ErrorMessage!) ?? [];
            string[] problems = [.. single, .. together];
            return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
        }
    }
}

/// <summary>A section of the settings, and the options it is read into.</summary>
internal sealed record SettingsSection(string Name, Type Type, Action<IServiceProvider> Read);

/// <summary>Checks settings as written, before they become options.</summary>
internal static class SettingsText
{
    /// <summary>Finds unknown names, and values of the wrong type.</summary>
    public static IEnumerable<string> Problems(IConfigurationSection section, Type type)
    {
        // The section's own value is ignored: an environment variable may happen to have the same name.
        foreach (var child in section.GetChildren())
        {
            var path = $"{section.Path}:{child.Key}";
            var property = Writable(type).FirstOrDefault(property => property.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase));
            var found = property is null
                ? [Unknown(path, section.Path, type)]
                : Problems(child, $"{section.Path}:{property.Name}", property.PropertyType, property);
            foreach (var problem in found)
                yield return problem;
        }
    }

    /// <summary>Why a value is not allowed; null if it is.</summary>
    public static string? Problem(string path, PropertyInfo property, object? value) =>
        property.GetCustomAttributes<ValidationAttribute>().All(attribute => attribute.IsValid(value))
            ? null
            : $"{path} must be {Allowed(property.PropertyType, property)}";

    private static IEnumerable<string> Problems(IConfigurationSection setting, string path, Type type, PropertyInfo property)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var children = setting.GetChildren().ToList();
        if (ElementOf(type) is { } element)
        {
            return !string.IsNullOrEmpty(setting.Value)
                ? [$"{path} must be {(type.IsArray ? $"a list: {path}:0, {path}:1 and so on" : $"values by name, as in {path}:<name>")}"]
                : children.SelectMany(child => Problems(child, $"{path}:{child.Key}", element, property));
        }
        if (type.Name.EndsWith("Options", StringComparison.Ordinal))
            return !string.IsNullOrEmpty(setting.Value) ? [$"{path} must be a section: {Names(path, type)}"] : Problems(setting, type);
        if (children.Count > 0)
            return [$"{path} must be one value, but has {string.Join(", ", children.Select(child => child.Path))}"];
        if (!TryRead(setting.Value, type, out var value))
            return [$"{path} must be {Allowed(type, property)}"];
        return value is not null && ElementOf(property.PropertyType) is null && Problem(path, property, value) is { } problem ? [problem] : [];
    }

    // Parses as the binder does.
    private static bool TryRead(string? text, Type type, out object? value)
    {
        value = text;
        if (text is null || type == typeof(string))
            return true;
        try
        {
            value = TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text);
            return !type.IsEnum || Enum.IsDefined(type, value!);
        }
        // Converters may throw any exception, even a plain Exception.
        catch (Exception)
        {
            return false;
        }
    }

    private static string Allowed(Type type, PropertyInfo property)
    {
        var kind = (Nullable.GetUnderlyingType(type) ?? type) switch
        {
            { IsEnum: true } e => $"one of {string.Join(", ", Enum.GetNames(e))}",
            var t when t == typeof(bool) => "true or false",
            var t when t == typeof(int) || t == typeof(long) => "a whole number",
            var t when t == typeof(double) => "a number",
            var t when t == typeof(TimeSpan) => "a time, as in 00:00:02",
            var t when t == typeof(Uri) => "a URL",
            _ => "a text",
        };
        // An attribute with its own text describes everything.
        if (property.GetCustomAttributes<ValidationAttribute>().FirstOrDefault(attribute => attribute.ErrorMessage is not null)?.ErrorMessage is { } words)
            return words;
        return property.GetCustomAttribute<RangeAttribute>() is { } range
            ? $"{kind}, {Bound(range.Minimum)} to {Bound(range.Maximum)}"
            : property.GetCustomAttribute<RequiredAttribute>() is not null ? $"{kind} and not empty" : kind;
    }

    private static string Bound(object bound) =>
        bound is IFormattable number and not TimeSpan ? number.ToString("#,0.###", CultureInfo.InvariantCulture) : $"{bound}";

    private static Type? ElementOf(Type type) =>
        type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>) ? type.GetGenericArguments()[1]
        : null;

    private static string Unknown(string path, string section, Type type) =>
        $"{path} is not a setting; allowed: {Names(section, type)}";

    private static string Names(string section, Type type) => string.Join(", ", Writable(type).Select(property => $"{section}:{property.Name}"));

    private static IEnumerable<PropertyInfo> Writable(Type type) => type.GetProperties().Where(property => property.CanWrite);
}
