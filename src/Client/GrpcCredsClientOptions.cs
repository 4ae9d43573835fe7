using Grpc.Core;
using Grpc.Net.Client;

namespace GrpcCreds.Client;

/// <summary>
/// Obtains the call headers that identify this process to the service. Called before every stream, every report and every call of the generated client.
/// </summary>
/// <param name="refused">true if the service refused the headers that the watch sent last: obtain new ones, not cached ones.</param>
/// <param name="cancellationToken">Cancelled when the attempt ends.</param>
/// <returns>The headers to send. Example: <c>new Metadata { { "authorization", $"Bearer {token}" } }</c>.</returns>
public delegate ValueTask<Metadata> CallerHeaders(bool refused, CancellationToken cancellationToken);

/// <summary>Settings of the client. Only <see cref="Address"/> is required. They are read once: later changes have no effect.</summary>
public sealed class GrpcCredsClientOptions
{
    /// <summary>The address of the service, <c>https://host:port</c>, or <c>http://host:port</c> (h2c) for local use. Required.</summary>
    public Uri? Address { get; set; }

    /// <summary>
    /// This sync node's name: 1 to 128 printable ASCII characters without spaces. If left out, the client only observes, reports nothing and is never
    /// counted as a node.
    /// </summary>
    public string? NodeId { get; set; }

    /// <summary>
    /// The interval at which the service sends heartbeats, 5 s to 60 s. A source becomes <see cref="SourceState.Stale"/> after three intervals without
    /// proof that it is current.
    /// </summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>When the client reports that this node uses a revision.</summary>
    public ReportApplied ReportApplied { get; set; } = ReportApplied.WhenTaken;

    /// <summary>Upper end of the first random wait after a failure, 1 ms to 5 min. It doubles with each failure up to <see cref="MaxBackoff"/>.</summary>
    public TimeSpan MinBackoff { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Upper end of any random wait after a failure, <see cref="MinBackoff"/> to 5 min. The default lets a node be current within 10 s after any fault has
    /// ended.
    /// </summary>
    public TimeSpan MaxBackoff { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>The clock for all times and waits. In a container, the default is the registered <see cref="System.TimeProvider"/>.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>
    /// Obtains caller credentials such as a token. If <see cref="Address"/> is an http address, they are sent over http as well. An exception from it
    /// is logged, and the attempt is repeated.
    /// </summary>
    public CallerHeaders? CallerHeaders { get; set; }

    /// <summary>Configures the HTTP handler of each new connection, for example with client certificates and trusted roots.</summary>
    public Action<SocketsHttpHandler>? ConfigureHandler { get; set; }

    /// <summary>Configures the options of each new channel, after the client has set its own.</summary>
    public Action<GrpcChannelOptions>? ConfigureChannel { get; set; }

    internal GrpcCredsClientOptions Copy() => (GrpcCredsClientOptions)MemberwiseClone();
}
