namespace GrpcCreds.Server.Tenants.Model;

/// <summary>How a credential's last test ended, and which slot the credential was in then.</summary>
internal sealed record TestResult(Slot Slot, IReadOnlyList<Check> Checks, Failure? Failure, DateTimeOffset Time)
{
    public Outcome Outcome => Failure is null ? Outcome.Succeeded : Outcome.Failed;
}
