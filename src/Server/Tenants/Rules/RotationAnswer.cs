using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>What came of a claimed step of a rotation.</summary>
internal abstract record RotationAnswer
{
    private RotationAnswer()
    {
    }

    /// <summary>The app was found, with the set that it has staged, if there is one.</summary>
    public sealed record Found(string StagedPath, StagedSet? Staged) : RotationAnswer;

    /// <summary>Salesforce has made a new set.</summary>
    public sealed record Made(ConsumerSet Set) : RotationAnswer;

    /// <summary>A set works: a token was given, it reached the pinned org and user, and the access test passed.</summary>
    public sealed record Passed(TestVerdict Verdict) : RotationAnswer;

    /// <summary>All nodes have applied what is in force.</summary>
    public sealed record RolledOut : RotationAnswer;

    /// <summary>Nodes have not yet applied what is in force, or reject it.</summary>
    public sealed record NotRolledOut(int Behind, int Rejected) : RotationAnswer;

    /// <summary>The new set is the app's primary one.</summary>
    public sealed record Promoted : RotationAnswer;

    /// <summary>The new set is still a staged one.</summary>
    public sealed record NotPromoted : RotationAnswer;

    /// <summary>The app has neither as primary nor as staged set what is in force.</summary>
    public sealed record Lost : RotationAnswer;

    /// <summary>The former set is gone.</summary>
    public sealed record Dropped(TestVerdict Verdict) : RotationAnswer;

    /// <summary>The step failed.</summary>
    /// <param name="Failure">Why.</param>
    /// <param name="OutcomeUnknown">A request that changes something was sent and had no clear answer: nothing more is sent until the claim ends.</param>
    public sealed record Failed(Failure Failure, bool OutcomeUnknown = false) : RotationAnswer
    {
        /// <summary>Salesforce decided against the request.</summary>
        public bool IsRefusal => !OutcomeUnknown && !Failure.IsUndecided;

        /// <summary>The set in force was tested before, and works.</summary>
        public bool SetWorks { get; init; }
    }
}
