namespace GrpcCreds.SalesforceSimulator;

/// <summary>The holds of one personality.</summary>
internal sealed class Holds
{
    private readonly Lock gate = new();
    private readonly List<Hold> holds = [];

    public Hold Add(Endpoint endpoint, HoldPoint point, string? username)
    {
        lock (gate)
        {
            var hold = new Hold(holds.Count + 1, endpoint, point, username);
            holds.Add(hold);
            return hold;
        }
    }

    public Hold? Find(int number)
    {
        lock (gate)
            return holds.Find(hold => hold.Number == number);
    }

    /// <summary>Waits until the first hold for this request is released.</summary>
    public Task PassAsync(Endpoint endpoint, HoldPoint point, string? username, CancellationToken stopping)
    {
        Hold? first;
        lock (gate)
            first = holds.Find(hold => hold.IsFor(endpoint, point, username));
        return first?.PassAsync(stopping) ?? Task.CompletedTask;
    }
}
