using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Results;

/// <summary>Logs and counts the checks of a test that failed, or that Salesforce did not let the service make.</summary>
internal sealed partial class CheckReport(ServiceMetrics metrics, ILogger<CheckReport> log)
{
    /// <param name="tenant">The tenant.</param>
    /// <param name="mode">The mode of the tested credential.</param>
    /// <param name="checks">The checks that were made.</param>
    /// <param name="failure">The failure of the whole test.</param>
    public void Tell(TenantId tenant, Mode mode, IEnumerable<Check> checks, Failure? failure)
    {
        foreach (var check in checks.Where(check => check.Outcome != Outcome.Succeeded))
        {
            // A check that was not made because the operator requires nothing has no failure.
            if ((check.Failure ?? (check.Outcome == Outcome.Failed ? failure : null)) is not { } reason)
                continue;
            metrics.CheckNotPassed(check.Name, check.Outcome == Outcome.Failed ? "failed" : "not_checked");
            Log.NotPassed(log, tenant, mode, check.Name, check.Outcome, reason.Class, reason.SalesforceCode, !check.Warns, reason.Advice);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            465, LogLevel.Information,
            "Access test of tenant {Tenant}, {Mode}: check {Check} is {Outcome}, {Failure} {Code}; decides: {Decides}. {Advice}")]
        public static partial void NotPassed(
            ILogger logger, TenantId tenant, Mode mode, string check, Outcome outcome, FailureClass failure, string? code, bool decides, string advice);
    }
}
