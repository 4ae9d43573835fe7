
namespace GrpcCreds.Server.Tenants.Model;

/// <summary>How a credential's last test ended, and where the credential stood then.</summary>
internal sealed record TestResult(Slot Slot, IReadOnlyList<Check> Checks, Failure? Failure, DateTimeOffset Time)
{
    public Outcome Outcome => Failure is null ? Outcome.Succeeded : Outcome.Failed;
}
