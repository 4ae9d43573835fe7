using Google.Protobuf.WellKnownTypes;
using GrpcCreds.Server.Credentials;
using GrpcCreds.V1;
using Action = GrpcCreds.V1.Action;
using Availability = GrpcCreds.V1.Availability;
using Mode = GrpcCreds.V1.Mode;
using Outcome = GrpcCreds.V1.Outcome;
using Slot = GrpcCreds.V1.Slot;

namespace GrpcCreds.Server.Api;

/// <summary>Shows a record as the contract's status: everything but secrets.</summary>
internal sealed class StatusMapper(StoreHealth health)
{
    private const string Passed = "Access test was successful.";

    public CredentialStatus Map(Reading reading)
    {
        var status = reading.IsUnreadable ? Unreadable(reading) : Readable(reading.Record);
        if (health.Fault is { Tolerated: true })
            status.Warnings.Add(Warning.StoreWeak);
        return status;
    }

    private static CredentialStatus Unreadable(Reading reading) => new()
    {
        TenantId = reading.Tenant.ToString(),
        Availability = Availability.Unreadable,
        Advice = Told.Advice(Credentials.Availability.Unreadable),
    };

    private static CredentialStatus Readable(TenantRecord record)
    {
        var told = Told.By(record);
        var status = new CredentialStatus
        {
            TenantId = record.Tenant.ToString(),
            Etag = Rules.FormatEtag(record.Etag),
            Availability = (Availability)told.Availability,
            ActiveMode = (Mode)record.ActiveMode,
            Revision = record.Revision,
            Advice = Told.Advice(told.Availability),
        };
        if (record.Password != PasswordSlots.Empty)
            status.Modes.Add(Password(record));
        if (record.ActiveMode == Credentials.Mode.Password)
            status.Warnings.Add(Warning.PasswordLoginRetires);
        if (told.Session is not null && record.Password.Current!.RenewalFailure is not null)
            status.Warnings.Add(Warning.RenewalFailing);
        return status;
    }

    private static ModeStatus Password(TenantRecord record)
    {
        var mode = new ModeStatus
        {
            Mode = Mode.Password,
            Current = Saved(record, Credentials.Slot.Current),
            Candidate = Saved(record, Credentials.Slot.Candidate),
        };
        mode.AvailableActions.AddRange([Action.Test, Action.Delete, Action.Activate]);
        if (mode.Candidate is not null)
            mode.AvailableActions.Add(Action.Discard);
        return mode;
    }

    private static SavedCredential? Saved(TenantRecord record, Credentials.Slot slot) => record.Password[slot] is { } credential
        ? new SavedCredential
        {
            Username = credential.Username,
            UseSandbox = credential.UseSandbox,
            MyDomain = credential.MyDomain ?? "",
            DeliverLogin = credential.DeliverLogin,
            LastRenewalFailure = Map(credential.RenewalFailure),
            SetTime = credential.SetTime.ToTimestamp(),
            SetBy = credential.SetBy,
            LastTest = record.Test is { } test && test.Slot == slot ? Pending(test) : Ended(credential.LastTest),
        }
        : null;

    private static V1.TestResult Pending(OpenTest test) => new()
    {
        Outcome = Outcome.Pending,
        Message = "The test is running.",
        Mode = Mode.Password,
        Slot = (Slot)test.Slot,
        Time = test.StartTime.ToTimestamp(),
    };

    /// <summary>How the last test of a slot went; without a slot, of what a test would take.</summary>
    public static V1.TestResult? LastTest(TenantRecord record, Slot slot) =>
        Ended((slot == Slot.Unspecified ? record.Password.Candidate ?? record.Password.Current : record.Password[(Credentials.Slot)slot])?.LastTest);

    private static V1.TestResult? Ended(Credentials.TestResult? test)
    {
        if (test is null)
            return null;
        var result = new V1.TestResult
        {
            Outcome = (Outcome)test.Outcome,
            Message = test.Failure?.Advice ?? Passed,
            Mode = Mode.Password,
            Slot = (Slot)test.Slot,
            Failure = Map(test.Failure),
            Time = test.Time.ToTimestamp(),
        };
        result.Checks.AddRange(test.Checks.Select(check => new V1.Check { Name = check.Name, Outcome = (Outcome)check.Outcome, Detail = check.Detail }));
        return result;
    }

    private static V1.Failure? Map(Credentials.Failure? failure) => failure is null ? null : new V1.Failure
    {
        FailureClass = (V1.FailureClass)failure.Class,
        SalesforceCode = failure.SalesforceCode ?? "",
        Advice = failure.Advice,
        Time = failure.Time.ToTimestamp(),
    };
}
