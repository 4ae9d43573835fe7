using System.Text;
using GrpcCreds.Server.Tenants.Rules;
using Status = Google.Rpc.Status;

namespace GrpcCreds.Server.Api.Mapping;

/// <summary>
/// Keeps an error within the size that every client accepts. Status and details are sent in a call's trailers, and if these exceed 8 KB, many clients end the
/// call with another error or close the connection.
/// </summary>
internal static class TrailerBudget
{
    /// <summary>The maximum size in bytes of grpc-message and grpc-status-details-bin together, as they are sent.</summary>
    public const int Bytes = 4_096;

    private const int Names = 64;

    /// <summary>
    /// The error with as many of its violations as fit, and the number of those left out; violations of the request itself come before those of its lists.
    /// </summary>
    public static Status Fit(Refusal refusal, Func<string, IReadOnlyList<FieldViolation>, Status> make)
    {
        // The number of violations has a limit; checking more than could ever fit would be wasted work.
        FieldViolation[] all = [.. refusal.Violations.OrderBy(violation => violation.Field.Contains('[', StringComparison.Ordinal))];
        for (var count = Math.Min(all.Length, Bytes / 16); count > 0; count -= 1 + (count / 8))
        {
            var text = count == all.Length ? refusal.Text : $"{Refusal.Invalid(all[..count]).Text}; and {all.Length - count} more";
            if (make(text, all[..count]) is var status && SizeOf(status) <= Bytes)
                return status;
        }
        return Shorten(refusal.Text, text => make(text, []));
    }

    // Without violations, only the text can be shortened.
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

    // The length as gRPC encodes it: everything but printable ASCII, and the percent sign, as %XX for each byte.
    private static int EncodedLength(string text) => Encoding.UTF8.GetBytes(text).Sum(b => b is >= 0x20 and <= 0x7e and not (byte)'%' ? 1 : 3);
}
