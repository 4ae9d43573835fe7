using System.ComponentModel.DataAnnotations;
using System.Net;

namespace GrpcCreds.Server.Callers;

/// <summary>Where the service listens, section <c>Listen</c>. <c>address:port</c>; port 0 takes a free one and logs it.</summary>
internal sealed class ListenOptions : IValidatableObject
{
    public const string Section = "Listen";

    /// <summary>gRPC over HTTP/2, with TLS if there is a certificate.</summary>
    public string Grpc { get; set; } = "127.0.0.1:5080";

    /// <summary>HTTP/1.1: health, and the two pages of an OAuth setup. Beyond loopback with TLS if there is a certificate.</summary>
    public string Http { get; set; } = "127.0.0.1:5081";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (name, value) in new[] { (nameof(Grpc), Grpc), (nameof(Http), Http) })
        {
            if (!IsEndpoint(value))
                yield return new($"{Section}:{name} must be an address and a port, as in 127.0.0.1:5080");
        }
    }

    /// <summary>The settings that open a port beyond this machine.</summary>
    public IEnumerable<string> BeyondLoopback() =>
        from listen in new[] { (Name: nameof(Grpc), Value: Grpc), (Name: nameof(Http), Value: Http) }
        where IsEndpoint(listen.Value) && !IPAddress.IsLoopback(IPEndPoint.Parse(listen.Value).Address)
        select $"{Section}:{listen.Name}";

    private static bool IsEndpoint(string value) => value.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(value, out _);
}
