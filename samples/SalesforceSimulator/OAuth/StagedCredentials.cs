namespace GrpcCreds.SalesforceSimulator;

/// <summary>A second set of an app's key and secret: accepted like the primary one until it is dropped or expires.</summary>
public sealed record StagedCredentials
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    /// <summary>The last segment of its URL.</summary>
    public required string Id { get; init; }

    public required string ConsumerKey { get; init; }

    /// <summary>A fake, as the app's own is.</summary>
    public required string ConsumerSecret { get; init; }

    /// <summary>Whether it was the primary set before a rotation.</summary>
    public bool IsRotated { get; init; }

    /// <summary>The id of the user who staged it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When it was staged, or ceased to be the primary set.</summary>
    public required DateTimeOffset CreatedDate { get; init; }

    public DateTimeOffset ExpirationDate => CreatedDate + Lifetime;

    /// <summary>When the set is known everywhere; before, its key is unknown. Null: at once.</summary>
    public DateTimeOffset? KnownFrom { get; init; }

    /// <summary>Only the key: a set is printed without its secret.</summary>
    public override string ToString() => ConsumerKey;
}
