using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace GrpcCreds.Server.Values;

/// <summary>
/// A password, token or key. Printing it, in any way, shows nothing; <see cref="Reveal"/> is the only way to its value. Equality takes the same
/// time regardless of the difference.
/// </summary>
[DebuggerDisplay("[secret]"), TypeConverter(typeof(FromConfiguration))]
internal sealed class Secret(string value) : IEquatable<Secret>
{
    private readonly string value = value;

    /// <summary>The value. Every call of this method is a place where the secret leaves this type.</summary>
    public string Reveal() => value;

    public bool Equals(Secret? other) =>
        other is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(value), Encoding.UTF8.GetBytes(other.value));

    public override bool Equals(object? obj) => Equals(obj as Secret);

    public override int GetHashCode() => value.GetHashCode(StringComparison.Ordinal);

    // Without these, == would compare references.
    public static bool operator ==(Secret? one, Secret? other) => one?.Equals(other) ?? other is null;

    public static bool operator !=(Secret? one, Secret? other) => !(one == other);

    public override string ToString() => "[secret]";

    /// <summary>Makes a setting a secret from the moment it is read.</summary>
    private sealed class FromConfiguration : TypeConverter
    {
        public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) => sourceType == typeof(string);

        public override object ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) => new Secret((string)value);
    }
}
