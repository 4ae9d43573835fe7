using System.Text;
using GrpcCreds.Server.Tenants.Rules;
using Status = Google.Rpc.Status;

namespace GrpcCreds.Server.Api.Mapping;

/// <summary>
/// Keeps an error within what every client takes: status and details travel in a call's trailers, and many clients end a call with another error, or cut the
/// connection, where these exceed 8 KB.
/// </summary>
internal static class TrailerBudget
{
    /// <summary>Bytes of grpc-message and grpc-status-details-bin together, as they are sent.</summary>
    public const int Bytes = 4_096;

    private const int Names = 64;

    /// <summary>The error with as many of its violations as there is room for, and how many more there are; those of the request itself before those of its lists.</summary>
    public static Status Fit(Refusal refusal, Func<string, IReadOnlyList<FieldViolation>, Status> make)
    {
        // Nobody has sent more than can be counted; looking at more than could ever fit is work for nothing.
        FieldViolation[] all = [.. refusal.Violations.OrderBy(violation => violation.Field.Contains('[', StringComparison.Ordinal))];
        for (var count = Math.Min(all.Length, Bytes / 16); count > 0; count -= 1 + (count / 8))
        {
            var text = count == all.Length ? refusal.Text : $"{Refusal.Invalid(all[..count]).Text}; and {all.Length - count} more";
            if (make(text, all[..count]) is var status && SizeOf(status) <= Bytes)
                return status;
        }
        return Shorten(refusal.Text, text => make(text, []));
    }

    // Nothing but the text is left to cut.
    private static Status Shorten(string text, Func<string, Status> make)
    {
        var status = make(text);
        for (var length = text.Length; SizeOf(status) > Bytes; status = make(text[..length] + "…"))
        {
            length = length * 3 / 4;
            if (length > 0 && char.IsHighSurrogate(text[length - 1]))
                length--;
        }
        return status;
    }

    private static int SizeOf(Status status) => Names + EncodedLength(status.Message) + (((status.CalculateSize() * 4) + 2) / 3);

    // As gRPC writes it: all but printable ASCII, and the percent sign, as %XX for each byte.
    private static int EncodedLength(string text) => Encoding.UTF8.GetBytes(text).Sum(b => b is >= 0x20 and <= 0x7e and not (byte)'%' ? 1 : 3);
}
