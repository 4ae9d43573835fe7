using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Rollout;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.Server.Tenants.Rules;
using GrpcCreds.V1;
using Action = GrpcCreds.V1.Action;
using Availability = GrpcCreds.V1.Availability;
using Mode = GrpcCreds.V1.Mode;
using Outcome = GrpcCreds.V1.Outcome;
using RolloutCounts = GrpcCreds.Server.Rollout.RolloutCounts;
using Slot = GrpcCreds.V1.Slot;

namespace GrpcCreds.Server.Api.Mapping;

/// <summary>Maps a record to the contract's status: everything but secrets.</summary>
internal sealed class StatusMapper(StoreHealth health, Fleets fleets, TimeProvider clock)
{
    private const string Passed = "Access test was successful.";

    private const string NotReached = "the test ended before this check; test again when its failure is resolved";

    private const string NotInTest = "the test did not have this check yet; test again";

    /// <summary>The status with the progress of the rollout, as the store has it now.</summary>
    /// <exception cref="Store.StoreUnavailableException"/>
    public async Task<CredentialStatus> MapAsync(RecordSnapshot snapshot, CancellationToken cancellationToken) =>
        Map(snapshot, snapshot.IsUnreadable ? null : await CountAsync(snapshot, cancellationToken));

    // If the node data is damaged, the status omits the nodes, and health reports the damage.
    private async Task<RolloutCounts?> CountAsync(RecordSnapshot snapshot, CancellationToken cancellationToken)
    {
        try
        {
            return await fleets.CountAsync(snapshot.Tenant, snapshot.Record.Revision, cancellationToken);
        }
        catch (Store.StoreDamagedException)
        {
            return null;
        }
    }

    public CredentialStatus Map(RecordSnapshot snapshot, RolloutCounts? rollout)
    {
        var status = snapshot.IsUnreadable ? Unreadable(snapshot) : Readable(snapshot.Record);
        status.Rollout = Of(rollout);
        if (rollout?.SharesNames == true)
            status.Warnings.Add(Warning.NodeNameShared);
        if (rollout?.Known >= FleetSnapshot.MaxNodes)
            status.Warnings.Add(Warning.TooManyNodes);
        if (health.Fault is { Tolerated: true })
            status.Warnings.Add(Warning.StoreWeak);
        if (health.Durability.Class is Store.DurabilityClass.Provider)
            status.Warnings.Add(Warning.StoreMayLoseWrites);
        status.Store = new() { Durability = Of(health.Durability.Class), Meaning = health.Durability.Meaning };
        return status;
    }

    private static Durability Of(Store.DurabilityClass durability) => durability switch
    {
        Store.DurabilityClass.Disk => Durability.Disk,
        Store.DurabilityClass.Replicas => Durability.Replicas,
        Store.DurabilityClass.Log => Durability.Log,
        Store.DurabilityClass.Provider => Durability.Provider,
        _ => Durability.Weak,
    };

    public static V1.RolloutCounts? Of(RolloutCounts? rollout) => rollout is null ? null : new()
    {
        Revision = rollout.Revision,
        Expected = rollout.Expected,
        Applied = rollout.Applied,
        Rejected = rollout.Rejected,
        Lost = rollout.Lost,
        Outcome = rollout.HasSucceeded ? Outcome.Succeeded : Outcome.Pending,
    };

    private static CredentialStatus Unreadable(RecordSnapshot snapshot) => new()
    {
        TenantId = snapshot.Tenant.ToString(),
        Availability = Availability.Unreadable,
        Advice = PublishedState.Advice(Tenants.Model.Availability.Unreadable),
    };

    private CredentialStatus Readable(TenantRecord record)
    {
        var published = PublishedState.By(record);
        var status = new CredentialStatus
        {
            TenantId = record.Tenant.ToString(),
            Etag = RecordRules.FormatEtag(record.Etag),
            Availability = (Availability)published.Availability,
            ActiveMode = (Mode)record.ActiveMode,
            Revision = record.Revision,
            Advice = StatusAdvice.Of(record, published.Availability),
        };
        var now = clock.GetUtcNow();
        status.Modes.AddRange(ModeViews.All.Where(view => view.IsShown(record)).Select(view => OfMode(record, view)));
        var warnings = ModeViews.All.SelectMany(view => view.Warnings(record, now)).ToList();
        if (record.Active?.LastTest is { Failure: null } test && test.Checks.Any(check => check.Outcome == Tenants.Model.Outcome.Failed))
            warnings.Add(Warning.CheckFailed);
        if (published.Session is not null && record.Active!.Renewal is { Failure: not null } or { IsStopped: true })
            warnings.Add(Warning.RenewalFailing);
        status.Warnings.AddRange(warnings.Order());
        status.Deadlines.AddRange(Deadlines.Of(status.Warnings));
        status.Deadlines.AddRange(ModeViews.All.SelectMany(view => view.Deadlines(record, now)));
        return status;
    }

    private static ModeStatus OfMode(TenantRecord record, ModeView view)
    {
        var result = new ModeStatus
        {
            Mode = (Mode)view.Mode,
            Current = Saved(record, view, Tenants.Model.Slot.Current),
            Candidate = Saved(record, view, Tenants.Model.Slot.Candidate),
            LastSetup = view.LastSetup(record),
        };
        result.AvailableActions.AddRange(Actions(record, view));
        return result;
    }

    private static IEnumerable<Action> Actions(TenantRecord record, ModeView view)
    {
        var (current, candidate) = (record[view.Mode, Tenants.Model.Slot.Current], record[view.Mode, Tenants.Model.Slot.Candidate]);
        if (current is null && candidate is null)
            return [];
        Action[] activate = candidate?.IsComplete == true || current?.IsComplete == true ? [Action.Activate] : [];
        Action[] discard = candidate is not null ? [Action.Discard] : [];
        return [.. view.OwnActions, Action.Test, Action.Delete, .. activate, .. discard];
    }

    private static SavedCredential? Saved(TenantRecord record, ModeView view, Tenants.Model.Slot slot)
    {
        if (record[view.Mode, slot] is not { } credential)
            return null;
        var saved = new SavedCredential
        {
            UseSandbox = credential.UseSandbox,
            MyDomain = credential.MyDomain ?? "",
            SetTime = credential.SetTime.ToTimestamp(),
            SetBy = credential.SetBy,
            LastTest = record.Test is { } test && test.Mode == view.Mode && test.Slot == slot ? Pending(test) : Ended(credential.LastTest, view.Mode),
        };
        view.Show(credential, saved);
        return saved;
    }

    private static V1.TestResult Pending(OpenTest test) => new()
    {
        Outcome = Outcome.Pending,
        Message = "The test is running.",
        Mode = (Mode)test.Mode,
        Slot = (Slot)test.Slot,
        Time = test.StartTime.ToTimestamp(),
    };

    /// <summary>The result of the last test of a slot; without a slot, of the slot that a test would use.</summary>
    public static V1.TestResult? LastTest(TenantRecord record, Tenants.Model.Mode mode, Slot slot)
    {
        var credential = slot == Slot.Unspecified
            ? record[mode, Tenants.Model.Slot.Candidate] ?? record[mode, Tenants.Model.Slot.Current]
            : record[mode, (Tenants.Model.Slot)slot];
        return Ended(credential?.LastTest, mode);
    }

    private static V1.TestResult? Ended(Tenants.Model.TestResult? test, Tenants.Model.Mode mode)
    {
        if (test is null)
            return null;
        var result = new V1.TestResult
        {
            Outcome = (Outcome)test.Outcome,
            Message = test.Failure is { } failure ? StatusAdvice.Short(failure.Advice) : Passed,
            Mode = (Mode)mode,
            Slot = (Slot)test.Slot,
            Failure = Failures.Map(test.Failure),
            Time = test.Time.ToTimestamp(),
        };
        result.Checks.AddRange(test.Checks.Select(check => new V1.Check
        {
            Name = check.Name,
            Outcome = (Outcome)check.Outcome,
            Detail = Detail(check, test.Failure),
            Decides = !check.Warns,
            Failure = Failures.Map(check.Failure ?? (check.Outcome == Tenants.Model.Outcome.Failed ? test.Failure : null)),
        }));
        // A test of an earlier version did not have all of them.
        result.Checks.AddRange(Tenants.Model.CheckNames.All.Except(test.Checks.Select(check => check.Name)).Select(name => new V1.Check
        {
            Name = name,
            Outcome = Outcome.NotChecked,
            Detail = test.Failure is null ? NotInTest : NotReached,
        }));
        return result;
    }

    // The advice is in the failure. The failed check shows only the Salesforce code, or the failure class if there is no code.
    private static string Detail(Tenants.Model.Check check, Tenants.Model.Failure? failure) =>
        failure is null || check.Detail != failure.Advice
            ? check.Detail
            : $"failed with {failure.SalesforceCode ?? JsonNamingPolicy.SnakeCaseUpper.ConvertName(failure.Class.ToString())}";
}
