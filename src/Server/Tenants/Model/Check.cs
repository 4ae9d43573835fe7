namespace GrpcCreds.Server.Tenants.Model;

/// <summary>One part of a test; <paramref name="Name"/> is one of <see cref="CheckNames"/>.</summary>
internal sealed record Check(string Name, Outcome Outcome, string Detail)
{
    /// <summary>Why it did not pass and what to do, if that is not the failure of the whole test.</summary>
    public Failure? Failure { get; init; }

    /// <summary>When the org's trial ends, if the check has found that it is one.</summary>
    public DateTimeOffset? TrialEndTime { get; init; }

    /// <summary>The test passes whatever the result of this check.</summary>
    public bool Warns { get; init; }
}
