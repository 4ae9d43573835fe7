using System.ComponentModel.DataAnnotations;

namespace GrpcCreds.Server.Callers.Limits;

/// <summary>How much one caller, and all together, may ask of one server, section <c>Limits</c>.</summary>
internal sealed class LimitsOptions
{
    public const string Section = "Limits";

    /// <summary>Calls of one caller per second, the opening of a stream included, 1 to 1,000,000; twice as many at once.</summary>
    [Range(1, 1_000_000)]
    public int CallsPerSecond { get; set; } = 1_000;

    /// <summary>Calls of all callers per second, 1 to 1,000,000; twice as many at once.</summary>
    [Range(1, 1_000_000)]
    public int CallsPerSecondInAll { get; set; } = 5_000;

    /// <summary>Open streams of one caller, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int Streams { get; set; } = 5_000;

    /// <summary>
    /// Open streams on one connection, 1 to 100,000. As many as <see cref="Streams"/>: else a client that keeps to one connection, or opens a second when the
    /// first is full, could not have what its caller may. What strangers may have waiting on theirs grows with it.
    /// </summary>
    [Range(1, 100_000)]
    public int StreamsPerConnection { get; set; } = 5_000;

    /// <summary>Open streams of all callers, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int StreamsInAll { get; set; } = 10_000;

    /// <summary>Tenants that one caller watches at the same time, over all its streams, 1 to 100,000,000. A stream has up to 1,000.</summary>
    [Range(1, 100_000_000)]
    public int WatchedTenants { get; set; } = 100_000;

    /// <summary>Tenants that all callers watch at the same time, 1 to 100,000,000; the same tenant counts once for each stream.</summary>
    [Range(1, 100_000_000)]
    public int WatchedTenantsInAll { get; set; } = 1_000_000;

    /// <summary>Writes to one tenant within a minute, whoever makes them, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int WritesPerTenantAndMinute { get; set; } = 120;

    /// <summary>OAuth setups of one tenant started within a minute, 1 to 1,000,000. A tenant has one open at a time.</summary>
    [Range(1, 1_000_000)]
    public int SetupsPerTenantAndMinute { get; set; } = 20;

    /// <summary>Pages for browsers (/oauth/start, /oauth/callback) per second, whoever asks, 1 to 1,000,000; twice as many at once.</summary>
    [Range(1, 1_000_000)]
    public int PagesPerSecond { get; set; } = 100;

    /// <summary>Bytes of a request that holds a list, 131,072 (what a watch of 1,000 tenants may need) to 4,194,304.</summary>
    [Range(131_072, 4_194_304)]
    public int MessageBytes { get; set; } = 262_144;

    /// <summary>Bytes of a call's metadata, which are its headers, all together, 4,096 to 65,536.</summary>
    [Range(4_096, 65_536)]
    public int MetadataBytes { get; set; } = 16_384;

    /// <summary>Open connections to the gRPC port, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int Connections { get; set; } = 10_000;

    /// <summary>
    /// Open connections of one address (of IPv6: of one /64) to each port on which no caller has proved itself yet, 1 to 1,000,000; over it the oldest of these
    /// is closed. Not counted with Tls:EndsBeforeService, where all come from a proxy.
    /// </summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerAddress { get; set; } = 5_000;

    /// <summary>
    /// Open connections of one caller, 1 to 1,000,000. One beyond counts as one on which nobody has proved itself: it is closed after
    /// <see cref="FirstCallWithin"/>, and earlier where its place is needed. Not counted with Tls:EndsBeforeService.
    /// </summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerCaller { get; set; } = 5_000;

    /// <summary>How long after connecting a caller must have proved who it is, TLS handshake included, 1 s to 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan FirstCallWithin { get; set; } = TimeSpan.FromSeconds(10);
}
