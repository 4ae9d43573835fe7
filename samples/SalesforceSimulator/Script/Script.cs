namespace GrpcCreds.SalesforceSimulator;

/// <summary>The failures that wait for their requests, in the order in which they were added.</summary>
internal sealed class Script
{
    private readonly Lock gate = new();
    private readonly List<Waiting> failures = [];

    public void Add(Endpoint endpoint, Failure failure, int times, string? username)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(times, 1);
        lock (gate)
            failures.Add(new(endpoint, failure, username) { Times = times });
    }

    public void Clear()
    {
        lock (gate)
            failures.Clear();
    }

    /// <summary>Takes the first failure for this request and reduces its remaining count by one.</summary>
    public Failure? Take(Endpoint endpoint, string? username)
    {
        lock (gate)
        {
            var next = failures.Find(waiting => waiting.IsFor(endpoint, username));
            if (next is not null && --next.Times == 0)
                failures.Remove(next);
            return next?.Failure;
        }
    }

    private sealed record Waiting(Endpoint Endpoint, Failure Failure, string? Username)
    {
        public required int Times { get; set; }

        public bool IsFor(Endpoint endpoint, string? username) =>
            Endpoint == endpoint && (Username is null || string.Equals(Username, username, StringComparison.OrdinalIgnoreCase));
    }
}
