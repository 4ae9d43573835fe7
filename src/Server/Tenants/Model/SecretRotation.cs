namespace GrpcCreds.Server.Tenants.Model;

/// <summary>
/// The rotation of an app's key and secret, the running one or the last one. At every moment the credential or this record holds a set that is known to
/// work. Only the rotation rules make the next one.
/// </summary>
internal sealed record SecretRotation
{
    /// <summary>The name of a rotation that the schedule began.</summary>
    public const string Schedule = "schedule";

    public required DateTimeOffset StartTime { get; init; }

    public required string StartedBy { get; init; }

    public required RotationStep Step { get; init; }

    /// <summary>Since when this step is the next one.</summary>
    public required DateTimeOffset StepTime { get; init; }

    /// <summary>The former set is dropped as soon as the new one has been proven.</summary>
    public bool IsLeaked { get; init; }

    /// <summary>Another rotation follows this one: the set that this one has put in force is to be replaced too.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>A staged set that an administrator has allowed to use, although the service may not have staged it.</summary>
    public string? AllowedKey { get; init; }

    /// <summary>The path of the app's staged sets, once the app was found.</summary>
    public string? StagedPath { get; init; }

    /// <summary>When the service first asked for a new set: one that its own user staged since is the service's.</summary>
    public DateTimeOffset? StageTime { get; init; }

    /// <summary>The new set until it is in force.</summary>
    public ConsumerSet? Staged { get; init; }

    /// <summary>The set that was in force before, until it is dropped.</summary>
    public ConsumerSet? Former { get; init; }

    /// <summary>The set in force has been made the app's primary one.</summary>
    public bool IsPromoted { get; init; }

    /// <summary>When the next step, or its next attempt, is due; null: nothing is done until an administrator asks for it.</summary>
    public DateTimeOffset? DueTime { get; init; }

    /// <summary>Why the last attempt of this step failed, or why the rotation ended without a new set.</summary>
    public Failure? Failure { get; init; }

    /// <summary>Attempts of this step that did not finish it.</summary>
    public int Attempts { get; init; }

    public RotationClaim? Claim { get; init; }

    /// <summary>It goes on by itself.</summary>
    public bool IsRunning => Step != RotationStep.Done && (DueTime is not null || Claim is not null);
}
