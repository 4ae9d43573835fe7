namespace GrpcCreds.SalesforceSimulator;

/// <summary>A <see cref="Hold"/> as the control API accepts it.</summary>
internal sealed record HoldRequest
{
    public required Endpoint Endpoint { get; init; }

    public HoldPoint Point { get; init; }

    public string? Username { get; init; }
}

/// <summary>A <see cref="Hold"/> as the control API shows it.</summary>
internal sealed record HoldView(int Number, Endpoint Endpoint, HoldPoint Point, string? Username, int Reached, bool Released)
{
    public static HoldView Of(Hold hold) => new(hold.Number, hold.Endpoint, hold.Point, hold.Username, hold.Reached, hold.IsReleased);
}
