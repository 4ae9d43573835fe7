using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace GrpcCreds.Server.Values;

/// <summary>A tenant's name, parsed once at the edge: 1 to 63 of a-z, 0-9 and '-', neither first nor last '-'. Never normalised.</summary>
internal readonly partial record struct TenantId : IComparable<TenantId>
{
    /// <summary>The allowed form of a tenant id, as text for a person.</summary>
    public const string Allowed = "1 to 63 of a-z, 0-9 and '-', neither first nor last '-'";

    private readonly string? value;

    private TenantId(string value) => this.value = value;

    public static bool TryParse([NotNullWhen(true)] string? text, out TenantId tenant)
    {
        tenant = text is not null && Pattern().IsMatch(text) ? new TenantId(text) : default;
        return tenant.value is not null;
    }

    /// <summary>For text that is known to be a tenant id.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static TenantId Parse(string text) =>
        TryParse(text, out var tenant) ? tenant : throw new FormatException($"not a tenant id; allowed: {Allowed}");

    public int CompareTo(TenantId other) => string.CompareOrdinal(value, other.value);

    public override string ToString() => value ?? throw new InvalidOperationException("a tenant id was used before it was parsed");

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
