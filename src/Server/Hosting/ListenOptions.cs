using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace GrpcCreds.Server.Hosting;

/// <summary>
/// The addresses the service listens on, section <c>Listen</c>: <c>address:port</c> or <c>localhost:port</c>. Port 0 uses a free port and logs it.
/// </summary>
internal sealed class ListenOptions : IValidatableObject
{
    public const string Section = "Listen";

    /// <summary>gRPC over HTTP/2, with TLS if a certificate is set.</summary>
    public string Grpc { get; set; } = "127.0.0.1:5080";

    /// <summary>HTTP/1.1: health and the two pages of an OAuth setup. Beyond loopback with TLS if a certificate is set.</summary>
    public string Http { get; set; } = "127.0.0.1:5081";

    /// <summary>Whether the HTTP port can be reached only from this machine.</summary>
    public bool IsHttpOnLoopback => IsLoopback(Http);

    private IEnumerable<(string Setting, string Value)> Both => [($"{Section}:{nameof(Grpc)}", Grpc), ($"{Section}:{nameof(Http)}", Http)];

    /// <summary>
    /// Parses an address to listen on. The address is null for localhost, which means the loopback addresses of both families. Null if the text is not valid.
    /// </summary>
    public static (IPAddress? Address, int Port)? Parse(string? value)
    {
        var at = value?.LastIndexOf(':') ?? -1;
        if (at < 0 || !ushort.TryParse(value.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return null;
        var host = value![..at];
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            return (null, port);
        // Only the usual notation: ::1:5080 would be an address without a port, and 1 the address 0.0.0.1.
        var isBracketed = host.StartsWith('[') && host.EndsWith(']');
        return IPAddress.TryParse(isBracketed ? host[1..^1] : host, out var address)
            && (isBracketed
                ? address.AddressFamily == AddressFamily.InterNetworkV6
                : address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == host)
            ? (address, port)
            : null;
    }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (setting, value) in Both)
        {
            if (Parse(value) is null)
            {
                yield return new($"{setting} must be an address and a port, as in 127.0.0.1:5080, [::1]:5080 or 0.0.0.0:5080, or localhost and a port; "
                    + "other host names are not resolved");
            }
        }
        if (Parse(Grpc) is { Port: not 0 } grpc && grpc == Parse(Http))
            yield return new($"{Section}:{nameof(Grpc)} and {Section}:{nameof(Http)} must not be the same: each needs its own port");
    }

    /// <summary>The settings that open a port beyond loopback.</summary>
    public IEnumerable<string> BeyondLoopback() => from listen in Both where Parse(listen.Value) is not null && !IsLoopback(listen.Value) select listen.Setting;

    private static bool IsLoopback(string value) => Parse(value) is { } at && (at.Address is null || IPAddress.IsLoopback(at.Address));
}
