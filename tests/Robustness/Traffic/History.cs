using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace GrpcCreds.Tests.Robustness.Traffic;

/// <summary>What a round's callers did and saw, timed by one monotonic clock. A caller is a writer, a reader or one that watches.</summary>
internal sealed class History
{
    public ConcurrentQueue<Write> Writes { get; init; } = [];

    public ConcurrentQueue<Attempt> Attempts { get; init; } = [];

    public ConcurrentQueue<Read> Reads { get; init; } = [];

    public ConcurrentQueue<Message> Messages { get; init; } = [];

    public ConcurrentQueue<Beat> Beats { get; init; } = [];

    /// <summary>Answers that no fault excuses, and what did not come in time.</summary>
    public ConcurrentQueue<string> Surprises { get; init; } = [];

    public static long Now => Stopwatch.GetTimestamp();

    /// <summary>A recent moment of a service's clock: that of this machine, which may be set while a round runs, so only the time since then counts.</summary>
    public static long At(DateTime utc)
    {
        var now = Now;
        return now - (long)((DateTime.UtcNow - utc).TotalSeconds * Stopwatch.Frequency);
    }

    /// <summary>What was answered, in the order of the answers.</summary>
    public IEnumerable<Attempt> Acknowledged => Attempts.Where(attempt => attempt.Shown is not null).OrderBy(attempt => attempt.Returned);

    /// <summary>All that anybody was shown, with the caller and the moment.</summary>
    public IEnumerable<(string Caller, long At, Shown Shown)> Everything =>
        Acknowledged.Select(attempt => ("writer", attempt.Returned, attempt.Shown!))
            .Concat(Reads.Select(read => ("reader", read.Returned, read.Shown)))
            .Concat(Messages.Select(message => (message.Caller, message.At, message.Shown)));

    public async Task SaveAsync(string directory)
    {
        await SaveAsync("attempts", Attempts);
        await SaveAsync("reads", Reads);
        await SaveAsync("messages", Messages);
        await SaveAsync("beats", Beats);

        Task SaveAsync<T>(string name, IEnumerable<T> items) =>
            File.WriteAllLinesAsync(Path.Combine(directory, $"{name}.jsonl"), items.Select(item => JsonSerializer.Serialize(item)));
    }
}

/// <summary>A write, however often it is sent. Every write sets a user that no other write sets, by which the state that it made is known.</summary>
/// <param name="Tenant">Of whom.</param>
/// <param name="RequestId">The same each time it is sent.</param>
/// <param name="User">The username that it sets.</param>
/// <param name="Etag">The state that it replaces; null: whichever.</param>
/// <param name="Activates">It is tested and put in force; else only saved.</param>
internal sealed record Write(string Tenant, Guid RequestId, string User, string? Etag, bool Activates);

/// <summary>One sending of a write.</summary>
/// <param name="Write">What was sent.</param>
/// <param name="Service">To which service.</param>
/// <param name="Invoked">Before it was sent.</param>
/// <param name="Returned">After its answer, or its failure, came.</param>
/// <param name="IsRefused">It was certainly not applied.</param>
/// <param name="Shown">The tenant as the answer showed it; null if it was not acknowledged.</param>
internal sealed record Attempt(Write Write, int Service, long Invoked, long Returned, bool IsRefused, Shown? Shown);

/// <summary>What a caller was shown of a tenant.</summary>
/// <param name="Tenant">Of whom.</param>
/// <param name="Revision">What nodes are told.</param>
/// <param name="Etag">Only in a status.</param>
/// <param name="Users">In a status the candidate's and the current one's, else the session's.</param>
internal sealed record Shown(string Tenant, long Revision, string? Etag, IReadOnlyList<string> Users);

/// <summary>One read. Only one of an active credential has a <paramref name="MinRevision"/>.</summary>
internal sealed record Read(int Service, long Invoked, long Returned, long? MinRevision, Shown Shown);

/// <summary>A message of a stream; <paramref name="Opening"/> counts how often its caller has opened one.</summary>
internal sealed record Message(string Caller, int Opening, long At, Shown Shown);

/// <summary>A heartbeat, after all present states were told: until <paramref name="AsOf"/> nothing acknowledged of these tenants is missing.</summary>
internal sealed record Beat(string Caller, int Opening, long At, long AsOf, IReadOnlyList<string> Tenants);
