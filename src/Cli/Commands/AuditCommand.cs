using System.CommandLine;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;
using Spectre.Console;
using Enum = System.Enum;

namespace GrpcCreds.Cli.Commands;

/// <summary>Lists the audit.</summary>
internal static class AuditCommand
{
    private static readonly Option<bool> Verify = new("--verify")
        { Description = "Verify the chain of the tenant's writes. The exit code is 5 if it is not intact." };
    private static readonly Option<bool> Refusals = new("--refusals")
        { Description = "The calls that were refused, of all tenants. Needs the role auditor for *." };
    private static readonly Option<AuditKind> Kind = new("--kind")
    {
        Description = "Only writes or disclosures.",
        HelpName = "write|disclosure",
        CustomParser = result =>
        {
            if (Enum.TryParse<AuditKind>(result.Tokens.Single().Value, ignoreCase: true, out var kind) && kind is AuditKind.Write or AuditKind.Disclosure)
                return kind;
            result.AddError("--kind must be write or disclosure.");
            return AuditKind.Unspecified;
        },
    };

    private static readonly Option<string?> Caller = new("--caller") { Description = "Only entries about this caller.", HelpName = "NAME" };
    private static readonly Option<string?> Method = new("--method")
        { Description = "Only entries about this call, as in SetPasswordCredential.", HelpName = "CALL" };
    private static readonly Option<DateTimeOffset?> Since = Time("--since", "Only entries at this time or later");
    private static readonly Option<DateTimeOffset?> Until = Time("--until", "Only entries before this time");
    private static readonly Option<int?> Limit = new("--limit")
        { Description = "At most so many entries, newest first. Default: all that are kept.", HelpName = "NUMBER" };

    public static CliCommand Create(Terminal terminal)
    {
        Kind.CompletionSources.Add("write", "disclosure");
        Limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1)
                result.AddError("--limit must be 1 or more.");
        });
        var command = new CliCommand(
            "audit",
            "Lists the audit of a tenant, newest first: who changed it, and who received its credential. Or the refused calls.",
            "grpccreds audit acme --kind write --since 7d",
            "grpccreds audit acme --verify",
            "grpccreds audit --refusals --since 2h -o json")
            { TenantArguments.OptionalTenant, Verify, Refusals, Kind, Caller, Method, Since, Until, Limit };
        command.Validators.Add(result =>
        {
            var hasTenant = result.GetResult(TenantArguments.OptionalTenant) is { Tokens.Count: > 0 };
            if (hasTenant == result.GetValue(Refusals))
                result.AddError("Either TENANT or --refusals must be given.");
            if (!hasTenant && result.GetValue(Verify))
                result.AddError("--verify must be given with TENANT: refused calls have no chain.");
        });
        return command.Runs(terminal, RunAsync);
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var all = new ListAuditEventsResponse();
        var most = invocation.Value(Limit) ?? int.MaxValue;
        var request = new ListAuditEventsRequest
        {
            TenantId = invocation.Value(TenantArguments.OptionalTenant) ?? "",
            Kind = invocation.Value(Kind),
            Caller = invocation.Value(Caller) ?? "",
            Method = invocation.Value(Method) ?? "",
            StartTime = invocation.Value(Since) is { } since ? Timestamp.FromDateTimeOffset(since) : null,
            EndTime = invocation.Value(Until) is { } until ? Timestamp.FromDateTimeOffset(until) : null,
            PageSize = 200,
            VerifyChain = invocation.Value(Verify),
        };
        do
        {
            var page = await invocation.Client.ListAuditEventsAsync(request, invocation.Read());
            all.Events.AddRange(page.Events.Take(most - all.Events.Count));
            all.Chain ??= page.Chain;
            request.PageToken = page.NextPageToken;
            // The first page verifies the whole chain.
            request.VerifyChain = false;
        }
        while (request.PageToken.Length > 0 && all.Events.Count < most);
        invocation.Show(all, () => View(all));
        return all.Chain is { Verdict: not ChainVerdict.Intact } ? Exit.TestFailed : Exit.Done;
    }

    private static Rows View(ListAuditEventsResponse all)
    {
        var table = Tables.Of("TIME", "KIND", "WHO", "WHAT", "OUTCOME", "REASON");
        foreach (var entry in all.Events)
            foreach (var row in Lines(entry))
                table.Row(row);
        return all.Chain is { } chain ? new Rows(table, Verdict(chain)) : new Rows(table);
    }

    private static IEnumerable<string[]> Lines(AuditEvent entry)
    {
        var (time, kind) = (Names.Time(entry.Time), entry.Damaged ? "DAMAGED" : Names.Of(entry.Kind));
        return entry.Kind switch
        {
            AuditKind.Disclosure => entry.Recipients.Select(each => new[] { time, kind, Who(each.Caller, each.From), each.Method, $"× {each.Count}", "" }),
            AuditKind.Refusal => entry.Refusals.Select(each =>
                new[] { Names.Time(each.LastTime), kind, Who(each.Caller, each.From), each.Method, $"{each.Outcome} × {each.Count}", each.TenantId }),
            _ => [[time, kind, Who(entry.Caller, entry.From), entry.Method, entry.Outcome, entry.Reason]],
        };
    }

    /// <summary>The caller, else the address; -o json has both.</summary>
    private static string Who(string caller, string from) => caller.Length > 0 ? caller : from;

    private static Text Verdict(AuditChain chain)
    {
        var lost = string.Concat(chain.Lost.Select(each => $"\nLost with an older state of the store: entries {each.AfterNumber + 1} to {each.UntilNumber}."));
        var finding = chain.Finding.Length > 0 ? $" {chain.Finding}" : "";
        return new Text(
            $"\nChain {Names.Of(chain.Verdict)}: {Names.Count(chain.Entries, "entry").Replace("entrys", "entries", StringComparison.Ordinal)}, "
                + $"{chain.FirstNumber} to {chain.LastNumber}.{finding}{lost}\n",
            new Style(chain.Verdict == ChainVerdict.Intact ? Color.Green : Color.Red));
    }

    private static Option<DateTimeOffset?> Time(string name, string description) => new(name)
    {
        Description = $"{description}: 2026-12-01, 2026-12-01T08:00:00Z, or ago as in 30m, 2h, 7d.",
        HelpName = "TIME",
        CustomParser = result =>
        {
            if (Parse(result.Tokens.Single().Value) is { } time)
                return time;
            result.AddError($"{name} must be a date, a time with zone, or a number with m, h or d, as in 7d.");
            return null;
        },
    };

    private static DateTimeOffset? Parse(string text)
    {
        if (int.TryParse(text.AsSpan(0, Math.Max(0, text.Length - 1)), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < 100_000)
        {
            switch (text[^1])
            {
                case 'm': return DateTimeOffset.UtcNow.AddMinutes(-number);
                case 'h': return DateTimeOffset.UtcNow.AddHours(-number);
                case 'd': return DateTimeOffset.UtcNow.AddDays(-number);
                default: break;
            }
        }
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
    }
}
