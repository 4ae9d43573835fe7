using Grpc.Core;
using Grpc.Net.Client;

namespace GrpcCreds.Client;

/// <summary>
/// Fetches what identifies this process to the service, as call headers. Called before every stream, every report and every call of the generated
/// client.
/// </summary>
/// <param name="refused">true if the service refused what the watch sent last: fetch anew, do not answer from a cache.</param>
/// <param name="cancellationToken">Ends with the attempt.</param>
/// <returns>Headers to send. Example: <c>new Metadata { { "authorization", $"Bearer {token}" } }</c>.</returns>
public delegate ValueTask<Metadata> CallerHeaders(bool refused, CancellationToken cancellationToken);

/// <summary>Settings of the client. Only <see cref="Address"/> has to be given. They are read once: later changes have no effect.</summary>
public sealed class GrpcCredsClientOptions
{
    /// <summary>Where the service is, <c>https://host:port</c>, or <c>http://host:port</c> (h2c) for local use. Required.</summary>
    public Uri? Address { get; set; }

    /// <summary>
    /// This sync node's name, 1 to 128 printable ASCII characters without spaces. Left out, the client only observes, reports
    /// nothing and is never counted as a node.
    /// </summary>
    public string? NodeId { get; set; }

    /// <summary>
    /// How often the service says that a stream lives, 5 s to 60 s. Sources become <see cref="SourceState.Stale"/> after three of these without fresh news.
    /// </summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>When this node is reported to use what it was told.</summary>
    public ReportApplied ReportApplied { get; set; } = ReportApplied.WhenTaken;

    /// <summary>Upper end of the first random wait after a failure, 1 ms to 5 min. It doubles with each failure up to <see cref="MaxBackoff"/>.</summary>
    public TimeSpan MinBackoff { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Upper end of any random wait after a failure, <see cref="MinBackoff"/> to 5 min. The default lets a node be current within 10 s after any fault has
    /// ended.
    /// </summary>
    public TimeSpan MaxBackoff { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Source of all time. In a container, a registered <see cref="System.TimeProvider"/> is taken.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// Fetches caller credentials such as a token. They are sent over http too where <see cref="Address"/> says http. What it throws is logged and tried again.
    /// </summary>
    public CallerHeaders? CallerHeaders { get; set; }

    /// <summary>Changes the HTTP handler of each new connection; the place for client certificates and trusted roots.</summary>
    public Action<SocketsHttpHandler>? ConfigureHandler { get; set; }

    /// <summary>Changes the options of each new channel, after the client's own.</summary>
    public Action<GrpcChannelOptions>? ConfigureChannel { get; set; }

    internal GrpcCredsClientOptions Copy() => (GrpcCredsClientOptions)MemberwiseClone();
}
