using System.Collections.Concurrent;
using System.Diagnostics;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Faults.Crash;

/// <summary>The actions and observations of a run's callers, timed by one monotonic clock.</summary>
internal sealed class History
{
    public ConcurrentQueue<Write> Writes { get; } = [];

    public ConcurrentQueue<Attempt> Attempts { get; } = [];

    public ConcurrentQueue<Read> Reads { get; } = [];

    public ConcurrentQueue<Message> Messages { get; } = [];

    /// <summary>ResultCommitter that no fault excuses.</summary>
    public ConcurrentQueue<string> Surprises { get; } = [];

    public static long Now => Stopwatch.GetTimestamp();
}

internal enum WriteKind
{
    SetPassword,
    SwitchOff,
    SwitchOn,
}

/// <summary>A write, however often it is sent. Only a new password has a <paramref name="Username"/>: one that no other write has.</summary>
internal sealed record Write(string Tenant, Guid RequestId, WriteKind Kind, string? Username);

/// <summary>One sending of a write. Unknown is one that may or may not have been applied.</summary>
/// <param name="Write">What was sent.</param>
/// <param name="Invoked">Before it was sent.</param>
/// <param name="Returned">After its answer, or its failure, came.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Result">What the write did, if it was answered.</param>
/// <param name="Seen">The tenant as the answer showed it.</param>
internal sealed record Attempt(Write Write, long Invoked, long Returned, AttemptOutcome Outcome, WriteResult Result, Seen? Seen);

internal enum AttemptOutcome
{
    Answered,
    Refused,
    Unknown,
}

/// <summary>What a caller was shown of a tenant: the session's user, or why there is no session.</summary>
internal sealed record Seen(string Tenant, long Revision, string State)
{
    public const string NotConfigured = nameof(Availability.NotConfigured);

    public const string SwitchedOff = nameof(Availability.SwitchedOff);
}

/// <summary>One read.</summary>
internal sealed record Read(long Invoked, long Returned, Seen Seen);

/// <summary>A message from a stream; <paramref name="Stream"/> remains the same when it is reopened.</summary>
internal sealed record Message(int Stream, long At, Seen Seen);
