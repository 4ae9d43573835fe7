using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace GrpcCreds.V1;

/// <summary>
/// Prints a message without the fields marked <c>debug_redact</c>. The C# runtime ignores that option wherever it prints, so each message with such a
/// field is an <see cref="ICustomDiagnosticMessage"/> and prints itself with this class.
/// </summary>
internal static class Redacted
{
    public static string Print(IMessage message)
    {
        var text = new StringBuilder("{");
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            var value = field.Accessor.GetValue(message);
            if (field.HasPresence ? !field.Accessor.HasValue(message) : value is null or "" or 0 or 0L or false)
                continue;
            text.Append(text.Length > 1 ? ", " : " ").Append(CultureInfo.InvariantCulture, $"\"{field.JsonName}\": ").Append(Value(field, value));
        }
        return text.Append(text.Length > 1 ? " }" : "}").ToString();
    }

    private static string Value(FieldDescriptor field, object value) => value switch
    {
        _ when field.GetOptions()?.DebugRedact == true => "\"[redacted]\"",
        IMessage nested => JsonFormatter.ToDiagnosticString(nested),
        bool flag => flag ? "true" : "false",
        long or int => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        _ => $"\"{JsonEncodedText(value)}\"",
    };

    private static string JsonEncodedText(object value) => System.Text.Json.JsonEncodedText.Encode(value.ToString() ?? "").ToString();
}

public sealed partial class SetPasswordCredentialRequest : ICustomDiagnosticMessage
{
    /// <inheritdoc/>
    public string ToDiagnosticString() => Redacted.Print(this);
}

public sealed partial class PasswordLogin : ICustomDiagnosticMessage
{
    /// <inheritdoc/>
    public string ToDiagnosticString() => Redacted.Print(this);
}

public sealed partial class Session : ICustomDiagnosticMessage
{
    /// <inheritdoc/>
    public string ToDiagnosticString() => Redacted.Print(this);
}

public sealed partial class StartOAuthSetupResponse : ICustomDiagnosticMessage
{
    /// <inheritdoc/>
    public string ToDiagnosticString() => Redacted.Print(this);
}

public sealed partial class CompleteOAuthSetupRequest : ICustomDiagnosticMessage
{
    /// <inheritdoc/>
    public string ToDiagnosticString() => Redacted.Print(this);
}

public sealed partial class SetClientCredentialsRequest : ICustomDiagnosticMessage
{
    /// <inheritdoc/>
    public string ToDiagnosticString() => Redacted.Print(this);
}
