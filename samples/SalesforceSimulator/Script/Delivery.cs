namespace GrpcCreds.SalesforceSimulator;

/// <summary>How the bytes of an answer reach the client, or do not.</summary>
public enum Delivery
{
    Normal,

    /// <summary>Nothing for a while, then all of it.</summary>
    SlowHeaders,

    /// <summary>Byte by byte, with a pause after each.</summary>
    DribbledBody,

    /// <summary>The right status, then spaces until the client goes away.</summary>
    EndlessBody,

    /// <summary>The right answer, padded with spaces.</summary>
    Oversized,

    /// <summary>A Content-Length above the body's (the rest never comes, the connection stays), or below it (the end is missing).</summary>
    LyingContentLength,

    /// <summary>Half of the body, then the end of the connection.</summary>
    Truncated,

    /// <summary>The connection is reset when the request has been read; nothing is processed.</summary>
    ResetBeforeProcessing,

    /// <summary>The request is processed (a login starts its session), then the connection is reset.</summary>
    ResetAfterProcessing,
}
