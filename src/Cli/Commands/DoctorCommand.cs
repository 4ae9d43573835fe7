using System.Text.Json;
using GrpcCreds.Cli.Doctor;
using GrpcCreds.Cli.Output;
using Spectre.Console;

namespace GrpcCreds.Cli.Commands;

/// <summary>Looks at everything between the user and a working call, and says what to do about what is wrong.</summary>
internal static class DoctorCommand
{
    public static CliCommand Create(Terminal terminal) => new CliCommand(
        "doctor",
        "Looks at the address, DNS, TLS and its expiry, HTTP/2, the caller and its rights, health, store, clock, latency and version; a line each, with the "
            + "fix. With a tenant: also the caller's rights to it; those it lacks appear in the audit as refused calls. The exit code is "
            + "5 if there is a fault.",
        "grpccreds doctor",
        "grpccreds doctor acme --context prod")
        { TenantArguments.OptionalTenant }
        .Runs(terminal, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var findings = new List<Finding>();
        await foreach (var finding in AllAsync(invocation))
        {
            findings.Add(finding);
            if (invocation.Output == OutputFormat.Table)
                invocation.Terminal.Out.Write(Line(finding));
        }
        if (invocation.Output != OutputFormat.Table)
            invocation.Terminal.Line(ProtoText.WriteJson(JsonSerializer.SerializeToElement(findings), invocation.Output));
        return findings.Any(finding => finding.Outcome == FindingOutcome.Fault) ? Exit.TestFailed : Exit.Done;
    }

    /// <summary>What cannot work after a fault is not tried.</summary>
    private static async IAsyncEnumerable<Finding> AllAsync(Invocation invocation)
    {
        yield return ServiceChecks.Version();
        var isReachable = true;
        await foreach (var finding in NetworkChecks.RunAsync(invocation.Target))
        {
            isReachable &= finding.Outcome != FindingOutcome.Fault;
            yield return finding;
        }
        if (!isReachable)
            yield break;
        var service = new ServiceChecks(invocation);
        var grpc = await service.GrpcAsync();
        yield return grpc;
        if (grpc.Outcome == FindingOutcome.Fault && !grpc.Detail.StartsWith("the service answers", StringComparison.Ordinal))
            yield break;
        var rights = new RightsChecks(invocation, invocation.Value(TenantArguments.OptionalTenant));
        var (caller, status) = await rights.AuthenticationAsync();
        yield return caller;
        if (caller.Outcome != FindingOutcome.Fault)
        {
            await foreach (var finding in rights.RightsAsync())
                yield return finding;
            await foreach (var finding in rights.TenantAsync())
                yield return finding;
            if (status?.Store is { } store)
                yield return ServiceChecks.Store(store);
        }
        await foreach (var finding in service.HealthAsync())
            yield return finding;
        yield return await service.LatencyAsync();
    }

    private static Rows Line(Finding finding)
    {
        var (sign, color) = finding.Outcome switch
        {
            FindingOutcome.Ok => ("✓", Color.Green),
            FindingOutcome.Warning => ("!", Color.Yellow),
            _ => ("✗", Color.Red),
        };
        var first = new Paragraph().Append($"{sign} ", new Style(color)).Append($"{finding.Check,-12}").Append(finding.Detail);
        return finding.Fix is null ? new Rows(first) : new Rows(first, new Padder(new Text(finding.Fix, new Style(color)), new Padding(14, 0, 0, 0)));
    }
}
