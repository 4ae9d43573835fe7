using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace GrpcCreds.Tests.Faults.Canary;

/// <summary>A good request with a secret in every wrong place: each text in turn, as itself, too long, or as no text at all.</summary>
internal static class HostileRequests
{
    private const int TooMuch = 300_000;

    // A valid one is a name: stored, and shown to callers with the right to see it. Invalid text is refused like any other.
    private static readonly HashSet<string> Names = ["node_id", "salesforce_code", ".error"];

    // Documented to be kept as it was typed.
    private static readonly HashSet<string> Kept = ["reason"];

    public static IEnumerable<byte[]> Of(IMessage good, Canaries canaries)
    {
        foreach (var (use, set) in Texts(good, good.Descriptor.Name))
        {
            if (!Names.Any(name => use.EndsWith(name, StringComparison.Ordinal)))
                yield return With(set, canaries.Plain(use));
            yield return With(set, canaries.Strange(use));
            yield return With(set, canaries.Strange(use) + new string('x', 2500));
            yield return NoText(With(set, canaries.Plain(use) + "\u007f\u007f"));
        }
        // A field of a later version, in a message that is far too long.
        yield return [.. good.ToByteArray(), .. Unknown(canaries.Plain($"{good.Descriptor.Name}, unknown field"))];
        yield return [.. good.ToByteArray(), .. Unknown(canaries.Plain($"{good.Descriptor.Name}, too long") + new string('x', TooMuch))];
        // The same, and the message ends in the middle of it.
        yield return [.. good.ToByteArray(), .. Unknown(canaries.Plain($"{good.Descriptor.Name}, cut short"))[..^1]];

        byte[] With(Func<string, IMessage> set, string text) => set(text).ToByteArray();
    }

    // Every text of a message and of those in it: what it is called, and how to make the whole with another one there.
    private static IEnumerable<(string Use, Func<string, IMessage> Set)> Texts(IMessage message, string name)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder().Where(field => !Kept.Contains(field.Name)))
        {
            if (field is { FieldType: FieldType.String, IsRepeated: false })
                yield return ($"{name}.{field.Name}", text => Changed(message, copy => field.Accessor.SetValue(copy, text)));
            if (field is not { FieldType: FieldType.Message, IsRepeated: true }
                || field.Accessor.GetValue(message) is not System.Collections.IList { Count: > 0 } children)
                continue;
            foreach (var (use, set) in Texts((IMessage)children[0]!, $"{name}.{field.Name}"))
                yield return (use, text => Changed(message, copy => ((System.Collections.IList)field.Accessor.GetValue(copy))[0] = set(text)));
        }
    }

    private static IMessage Changed(IMessage message, Action<IMessage> change)
    {
        var copy = message.Descriptor.Parser.ParseFrom(message.ToByteArray());
        change(copy);
        return copy;
    }

    private static byte[] NoText(byte[] message)
    {
        message.AsSpan().Slice(message.AsSpan().IndexOf("\u007f\u007f"u8), 1).Fill(0xc3);
        return message;
    }

    private static byte[] Unknown(string text)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes))
        {
            output.WriteTag(1999, WireFormat.WireType.LengthDelimited);
            output.WriteString(text);
        }
        return bytes.ToArray();
    }
}
