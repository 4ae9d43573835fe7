using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Dialogues;

/// <summary>How a mode's credential is tested.</summary>
internal interface IModeTest
{
    Mode Mode { get; }

    /// <summary>Makes the test that the record's <see cref="TenantRecord.Test"/> has claimed.</summary>
    /// <param name="claimed">The record as the claim was committed.</param>
    /// <param name="maySend">Called right before the first byte: whether the claim is still fresh.</param>
    Task<TestOutcome> RunAsync(TenantRecord claimed, Func<bool> maySend);
}
