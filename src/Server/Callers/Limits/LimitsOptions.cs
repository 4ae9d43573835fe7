using System.ComponentModel.DataAnnotations;

namespace GrpcCreds.Server.Callers.Limits;

/// <summary>Limits of one server, per caller and in total, section <c>Limits</c>.</summary>
internal sealed class LimitsOptions
{
    public const string Section = "Limits";

    /// <summary>Calls of one caller per second, including the opening of a stream, 1 to 1,000,000; bursts may be twice as large.</summary>
    [Range(1, 1_000_000)]
    public int CallsPerSecond { get; set; } = 1_000;

    /// <summary>Calls of all callers per second, 1 to 1,000,000; bursts may be twice as large.</summary>
    [Range(1, 1_000_000)]
    public int CallsPerSecondInAll { get; set; } = 5_000;

    /// <summary>Open streams of one caller, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int Streams { get; set; } = 5_000;

    /// <summary>
    /// Open streams on one connection, 1 to 100,000. As many as <see cref="Streams"/>: otherwise a client that uses only one connection, or opens a second
    /// one when the first is full, could not have all streams its caller may have. The number of calls that unauthenticated clients may queue on a connection
    /// grows with it.
    /// </summary>
    [Range(1, 100_000)]
    public int StreamsPerConnection { get; set; } = 5_000;

    /// <summary>Open streams of all callers, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int StreamsInAll { get; set; } = 10_000;

    /// <summary>Tenants that one caller watches at the same time, in all its streams, 1 to 100,000,000. A stream can watch up to 1,000.</summary>
    [Range(1, 100_000_000)]
    public int WatchedTenants { get; set; } = 100_000;

    /// <summary>Tenants that all callers watch at the same time, 1 to 100,000,000; a tenant counts once per stream.</summary>
    [Range(1, 100_000_000)]
    public int WatchedTenantsInAll { get; set; } = 1_000_000;

    /// <summary>Writes to one tenant within a minute, by all callers together, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int WritesPerTenantAndMinute { get; set; } = 120;

    /// <summary>OAuth setups of one tenant started within a minute, 1 to 1,000,000. A tenant has one open at a time.</summary>
    [Range(1, 1_000_000)]
    public int SetupsPerTenantAndMinute { get; set; } = 20;

    /// <summary>
    /// Pages for browsers (/oauth/start, /oauth/callback) per second, for all browsers together, 1 to 1,000,000; bursts may be twice as large.
    /// </summary>
    [Range(1, 1_000_000)]
    public int PagesPerSecond { get; set; } = 100;

    /// <summary>Maximum bytes of a request that contains a list, 131,072 (which a watch of 1,000 tenants may need) to 4,194,304.</summary>
    [Range(131_072, 4_194_304)]
    public int MessageBytes { get; set; } = 262_144;

    /// <summary>Maximum bytes of a call's metadata (all its headers together), 4,096 to 65,536.</summary>
    [Range(4_096, 65_536)]
    public int MetadataBytes { get; set; } = 16_384;

    /// <summary>Open connections to the gRPC port, 1 to 1,000,000.</summary>
    [Range(1, 1_000_000)]
    public int Connections { get; set; } = 10_000;

    /// <summary>
    /// Open connections from one address (for IPv6, one /64) to each port on which no caller has authenticated yet, 1 to 1,000,000. Above the limit, the
    /// oldest of these is closed. Does not apply with Tls:EndsBeforeService, where all connections come from a proxy.
    /// </summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerAddress { get; set; } = 5_000;

    /// <summary>
    /// Open connections of one caller, 1 to 1,000,000. A connection above the limit counts as one on which no caller has authenticated: it is closed after
    /// <see cref="FirstCallWithin"/>, or earlier if its place is needed. Does not apply with Tls:EndsBeforeService.
    /// </summary>
    [Range(1, 1_000_000)]
    public int ConnectionsPerCaller { get; set; } = 5_000;

    /// <summary>How long after connecting a caller must have authenticated, including the TLS handshake, 1 s to 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan FirstCallWithin { get; set; } = TimeSpan.FromSeconds(10);
}
