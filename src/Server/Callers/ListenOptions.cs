using System.ComponentModel.DataAnnotations;
using System.Net;

namespace GrpcCreds.Server.Callers;

/// <summary>Where the service listens, section <c>Listen</c>. <c>address:port</c>; port 0 takes a free one and logs it.</summary>
internal sealed class ListenOptions : IValidatableObject
{
    public const string Section = "Listen";

    /// <summary>gRPC, HTTP/2 without TLS.</summary>
    public string Grpc { get; set; } = "127.0.0.1:5080";

    /// <summary>HTTP/1.1: health, and the two pages of an OAuth setup.</summary>
    public string Http { get; set; } = "127.0.0.1:5081";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, value) in new[] { (nameof(Grpc), Grpc), (nameof(Http), Http) })
        {
            if (!value.Contains(':', StringComparison.Ordinal) || !IPEndPoint.TryParse(value, out var endpoint))
                yield return new($"{Section}:{name} must be an address and a port, as in 127.0.0.1:5080");
            else if (!IPAddress.IsLoopback(endpoint.Address))
                yield return new($"{Section}:{name} must be a loopback address (127.0.0.1 or [::1]): this version cannot tell callers apart yet");
        }
    }
}
