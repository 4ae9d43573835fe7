namespace GrpcCreds.SalesforceSimulator;

/// <summary>How the bytes of a response reach the client, if at all.</summary>
public enum Delivery
{
    Normal,

    /// <summary>Nothing for a while, then the complete response.</summary>
    SlowHeaders,

    /// <summary>Byte by byte, with a pause after each.</summary>
    DribbledBody,

    /// <summary>The right status, then spaces until the client disconnects.</summary>
    EndlessBody,

    /// <summary>The right response, padded with spaces.</summary>
    Oversized,

    /// <summary>A Content-Length greater than the body's (the rest never arrives, the connection stays open), or smaller (the end is missing).</summary>
    LyingContentLength,

    /// <summary>Half of the body, then the end of the connection.</summary>
    Truncated,

    /// <summary>The connection is reset after the request has been read; nothing is processed.</summary>
    ResetBeforeProcessing,

    /// <summary>The request is processed (a login starts its session), then the connection is reset.</summary>
    ResetAfterProcessing,
}
