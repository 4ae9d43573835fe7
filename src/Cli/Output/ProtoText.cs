using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using YamlDotNet.Serialization;

namespace GrpcCreds.Cli.Output;

/// <summary>Writes messages of the contract as its own JSON, or the same as YAML.</summary>
internal static class ProtoText
{
    public const string Redacted = "(redacted)";

    private static readonly JsonFormatter Lines = new(JsonFormatter.Settings.Default);
    private static readonly JsonFormatter Indented = new(JsonFormatter.Settings.Default.WithIndentation());
    private static readonly JsonSerializerOptions IndentedJson = new() { WriteIndented = true };
    private static readonly ISerializer Yaml = new SerializerBuilder().WithQuotingNecessaryStrings().Build();

    /// <param name="message">A message without secrets, or one whose secrets the user asked for.</param>
    /// <param name="format">JSON or YAML.</param>
    /// <param name="streams">true: the message is one of a stream.</param>
    public static string Write(IMessage message, OutputFormat format, bool streams) => format switch
    {
        OutputFormat.Yaml => (streams ? "---\n" : "") + Yaml.Serialize(Plain(JsonDocument.Parse(Lines.Format(message)).RootElement)).TrimEnd('\n'),
        _ => (streams ? Lines : Indented).Format(message),
    };

    /// <summary>The same for what is not a message of the contract.</summary>
    public static string WriteJson(JsonElement json, OutputFormat format) =>
        format == OutputFormat.Yaml ? Yaml.Serialize(Plain(json)).TrimEnd('\n') : JsonSerializer.Serialize(json, IndentedJson);

    /// <summary>A copy in which every field that the contract marks as secret says that it was redacted.</summary>
    public static T WithoutSecrets<T>(T message)
        where T : class, IDeepCloneable<T>, IMessage
    {
        var copy = message.Clone();
        Redact(copy);
        return copy;
    }

    private static void Redact(IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            var value = field.Accessor.GetValue(message);
            if (field.GetOptions() is { DebugRedact: true } && field.FieldType == FieldType.String && value is string { Length: > 0 })
                field.Accessor.SetValue(message, Redacted);
            else if (field.FieldType == FieldType.Message && !field.IsMap)
                foreach (var inner in value is System.Collections.IEnumerable many ? many.OfType<IMessage>() : value is IMessage one ? [one] : [])
                    Redact(inner);
        }
    }

    private static object? Plain(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().ToDictionary(field => field.Name, field => Plain(field.Value)),
        JsonValueKind.Array => json.EnumerateArray().Select(Plain).ToList(),
        JsonValueKind.String => json.GetString(),
        JsonValueKind.Number => json.TryGetInt64(out var number) ? number : json.GetDouble(),
        JsonValueKind.True or JsonValueKind.False => json.GetBoolean(),
        _ => null,
    };
}
