using System.Diagnostics.Metrics;
using System.Text.Json;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Observability;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;
using TestResult = GrpcCreds.V1.TestResult;

namespace GrpcCreds.Tests.Api;

/// <summary>What the sync needs is checked in every mode; unless a setting says otherwise, it warns.</summary>
public sealed class SyncChecksTests : OAuthServiceTest
{
    private static readonly string[] Names =
        ["LOGIN", "IDENTITY", "API", "API_VERSION", "CUSTOMIZE_APPLICATION", "FIELD_ACCESS", "PACKAGE_VERSION"];

    private static readonly string[] Decide = ["LOGIN", "IDENTITY", "API", "API_VERSION"];

    public static TheoryData<Mode> Modes => [.. EveryMode.All];

    /// <summary>An answer to one question, and what becomes of the check: failed or not checked, of which class.</summary>
    public static TheoryData<Mode, string, string, Outcome, FailureClass> Answers
    {
        get
        {
            (string Answer, Outcome[] Outcomes, FailureClass Class)[] each =
            [
                // Permissions, fields, packages. For a field, hidden and missing are the same.
                ("403 INSUFFICIENT_ACCESS", [Outcome.NotChecked, Outcome.Failed, Outcome.NotChecked], FailureClass.NotPermitted),
                ("404 NOT_FOUND", [Outcome.NotChecked, Outcome.Failed, Outcome.NotChecked], FailureClass.NotPermitted),
                ("400 INVALID_TYPE", [Outcome.NotChecked, Outcome.Failed, Outcome.NotChecked], FailureClass.NotPermitted),
                ("400 INVALID_FIELD", [Outcome.NotChecked, Outcome.Failed, Outcome.NotChecked], FailureClass.NotPermitted),
                ("403 BRAND_NEW_CODE", [Outcome.NotChecked, Outcome.Failed, Outcome.NotChecked], FailureClass.NotPermitted),
                ("403 API_DISABLED_FOR_ORG", [Outcome.NotChecked, Outcome.NotChecked, Outcome.NotChecked], FailureClass.NotPermitted),
                ("403 REQUEST_LIMIT_EXCEEDED", [Outcome.NotChecked, Outcome.NotChecked, Outcome.NotChecked], FailureClass.Throttled),
                ("429 TOO_MANY_REQUESTS", [Outcome.NotChecked, Outcome.NotChecked, Outcome.NotChecked], FailureClass.Throttled),
                ("401 INVALID_SESSION_ID", [Outcome.NotChecked, Outcome.NotChecked, Outcome.NotChecked], FailureClass.Unavailable),
                ("503 SERVER_UNAVAILABLE", [Outcome.NotChecked, Outcome.NotChecked, Outcome.NotChecked], FailureClass.Unavailable),
                ("html", [Outcome.NotChecked, Outcome.NotChecked, Outcome.NotChecked], FailureClass.Unavailable),
                ("shape", [Outcome.NotChecked, Outcome.NotChecked, Outcome.NotChecked], FailureClass.Unavailable),
                ("rows", [Outcome.NotChecked, Outcome.NotChecked, Outcome.NotChecked], FailureClass.Unavailable),
            ];
            string[] checks = [.. Names.Skip(4)];
            return [.. from mode in EveryMode.All
                       from answer in each
                       from i in Enumerable.Range(0, checks.Length)
                       select (mode, checks[i], answer.Answer, answer.Outcomes[i], answer.Class)];
        }
    }

    private protected override IEnumerable<string> Settings =>
    [
        .. EveryMode.Settings(Simulator), "Salesforce:RequiredFields:0=Account.Name:write",
        "Salesforce:RequiredFields:1=Zuora__Subscription__c.Zuora__Status__c", "Salesforce:RequiredFields:2=Contact:create",
        "Salesforce:RequiredPackages:Zuora=2.102", "Salesforce:RequiredPackages:zqu=10.3 if installed",
    ];

    [Theory, MemberData(nameof(Modes))]
    public async Task All_checks_pass_in_an_org_that_has_everything(Mode mode)
    {
        Change(user => Complete(user));
        var test = await FirstTestAsync(mode);
        Assert.Equal((Outcome.Succeeded, "Access test was successful."), (test.Outcome, test.Message));
        Assert.Equal(
            Names.Select(name => (name, Outcome.Succeeded, Decide.Contains(name))), test.Checks.Select(each => (each.Name, each.Outcome, each.Decides)));
        Assert.Equal("the user sees 2 fields of 3 objects and may write 1 of them", Check(test, "FIELD_ACCESS").Detail);
        Assert.Equal("zqu is not installed, Zuora 2.102", Check(test, "PACKAGE_VERSION").Detail);
        Assert.DoesNotContain(Warning.CheckFailed, (await Client.StatusAsync()).Warnings);
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task What_is_missing_is_named_with_what_to_do_and_warns(Mode mode)
    {
        Change(user => user with
        {
            CustomizeApplication = false,
            Objects = new Dictionary<string, IReadOnlyList<string>> { ["Account"] = ["Id"], ["Contact"] = ["Id"] },
            Packages = new Dictionary<string, string> { ["Zuora"] = "2.99", ["zqu"] = "10.2" },
        });
        var test = await FirstTestAsync(mode);
        Assert.Equal((Outcome.Succeeded, null), (test.Outcome, test.Failure));
        Assert.All(test.Checks.Skip(4), check => Assert.Equal((Outcome.Failed, FailureClass.NotPermitted), (check.Outcome, check.Failure.FailureClass)));
        Assert.Contains("Customize Application: give it to the user", Check(test, "CUSTOMIZE_APPLICATION").Detail, StringComparison.Ordinal);
        Assert.StartsWith(
            "The user does not see Account.Name, Zuora__Subscription__c: give", Check(test, "FIELD_ACCESS").Failure.Advice, StringComparison.Ordinal);
        Assert.Contains("zqu 10.3 (installed: 10.2), Zuora 2.102 (installed: 2.99);", Check(test, "PACKAGE_VERSION").Detail, StringComparison.Ordinal);
        var status = await Client.StatusAsync();
        Assert.Equal(Availability.Serving, status.Availability);
        Assert.Contains(Warning.CheckFailed, status.Warnings);

        // Once it is mended, so is the warning.
        Change(user => Complete(user));
        await Client.TestAccessAsync(new() { TenantId = "acme", Mode = mode });
        Assert.DoesNotContain(Warning.CheckFailed, (await Client.StatusAsync()).Warnings);
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task A_package_that_is_not_installed_fails_unless_it_counts_only_where_installed(Mode mode)
    {
        Change(user => Complete(user) with { Packages = new Dictionary<string, string> { ["other"] = "1.0" } });
        var detail = Check(await FirstTestAsync(mode), "PACKAGE_VERSION").Detail;
        Assert.Contains("Zuora 2.102 (not installed);", detail, StringComparison.Ordinal);
        Assert.DoesNotContain("zqu", detail, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task An_administrator_needs_no_further_permission(Mode mode)
    {
        Change(user => user with { CustomizeApplication = false, ModifyAllData = true });
        Assert.Equal(Outcome.Succeeded, Check(await FirstTestAsync(mode), "CUSTOMIZE_APPLICATION").Outcome);
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task Without_a_view_of_the_packages_objects_show_that_one_is_installed(Mode mode)
    {
        Change(user => Complete(user) with { ViewSetup = false });
        var check = Check(await FirstTestAsync(mode), "PACKAGE_VERSION");
        Assert.Equal((Outcome.NotChecked, FailureClass.NotPermitted, "INVALID_TYPE"),
            (check.Outcome, check.Failure.FailureClass, check.Failure.SalesforceCode));
        Assert.Contains("give the user the permission View Setup and Configuration", check.Detail, StringComparison.Ordinal);
        Assert.Contains("objects of Zuora show", check.Detail, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Answers))]
    public async Task Each_answer_has_a_class_and_one_sentence(Mode mode, string name, string answer, Outcome outcome, FailureClass failureClass)
    {
        Change(user => Complete(user));
        Simulator.Fail(EndpointOf(name), FailureOf(answer), times: 9);
        var test = await FirstTestAsync(mode);
        Assert.Equal(Outcome.Succeeded, test.Outcome);
        var check = Check(test, name);
        Assert.Equal((outcome, failureClass), (check.Outcome, check.Failure.FailureClass));
        Assert.Matches(@"\A[A-Z][^.]*(\.[^.\s][^.]*)*\.\z", check.Failure.Advice);
        Assert.All(test.Checks.Where(other => other.Name != name), other => Assert.Equal(Outcome.Succeeded, other.Outcome));
    }

    [Theory]
    [InlineData("silent")]
    [InlineData("reset")]
    [InlineData("truncated")]
    [InlineData("oversized")]
    [InlineData("redirect")]
    [InlineData("403 INSUFFICIENT_ACCESS")]
    [InlineData("403 REQUEST_LIMIT_EXCEEDED")]
    [InlineData("shape")]
    public async Task No_answer_to_the_questions_costs_no_credential(string answer)
    {
        foreach (var endpoint in new[] { Endpoint.Composite, Endpoint.Tooling })
            Simulator.Fail(endpoint, FailureOf(answer), times: 4);
        foreach (var mode in EveryMode.All)
        {
            var test = await FirstTestAsync(mode);
            Assert.Equal(Outcome.Succeeded, test.Outcome);
            Assert.All(test.Checks.Skip(4), check => Assert.Equal(Outcome.NotChecked, check.Outcome));
            Assert.All(test.Checks.Skip(4), check => Assert.NotEmpty(check.Failure.Advice));
        }
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task A_code_that_quotes_what_was_sent_is_not_shown(Mode mode)
    {
        await FirstTestAsync(mode);
        Simulator.Fail(Endpoint.Query, Failure.Rest(403, mode == Mode.Password ? "BOBACMETEST" : "ROW_NOT_SHOWN", "no"));
        var check = Check((await Client.TestAccessAsync(new() { TenantId = "acme", Mode = mode })).Test, "CUSTOMIZE_APPLICATION");
        Assert.Equal(mode == Mode.Password ? "" : "ROW_NOT_SHOWN", check.Failure.SalesforceCode);
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task What_the_user_sees_but_may_not_write_is_named_with_what_is_missing(Mode mode)
    {
        Change(user => Complete(user) with { ReadOnly = ["Account.Name", "Account", "Contact", "Zuora__Subscription__c"] });
        var check = Check(await FirstTestAsync(mode), "FIELD_ACCESS");
        Assert.Equal((Outcome.Failed, FailureClass.NotPermitted), (check.Outcome, check.Failure.FailureClass));
        Assert.StartsWith("The user may not change Account.Name (update), Contact (create): give", check.Failure.Advice, StringComparison.Ordinal);
        Change(user => user with { Objects = new Dictionary<string, IReadOnlyList<string>> { ["Account"] = ["Id", "Name"], ["Contact"] = ["Id"] } });
        var both = Check((await Client.TestAccessAsync(new() { TenantId = "acme", Mode = mode })).Test, "FIELD_ACCESS");
        Assert.StartsWith(
            "The user does not see Zuora__Subscription__c and may not change Account.Name (update), Contact (create): give", both.Failure.Advice,
            StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task An_org_of_the_other_kind_is_the_wrong_one_whatever_the_settings(Mode mode)
    {
        await Client.PutInForceAsync(mode, Simulator);
        var first = (await Client.StatusAsync()).Revision;
        Simulator.Fail(Endpoint.Query, Rows(new { IsSandbox = true }), times: 2);
        var test = (await Client.TestAccessAsync(new() { TenantId = "acme", Mode = mode })).Test;
        Assert.Equal((Outcome.Failed, FailureClass.WrongIdentity), (test.Outcome, test.Failure.FailureClass));
        Assert.StartsWith("The org is a sandbox, but use_sandbox says production org: correct", test.Failure.Advice, StringComparison.Ordinal);
        Assert.Equal((Outcome.Failed, true), (Check(test, "IDENTITY").Outcome, Check(test, "IDENTITY").Decides));
        Assert.Equal(Outcome.Succeeded, Check(test, "API").Outcome);
        Assert.Equal((Availability.Serving, first), ((await Client.StatusAsync()).Availability, (await Client.StatusAsync()).Revision));

        Simulator.Fail(Endpoint.Query, Rows(new { Id = "00Dx0000000BV7zEAG", IsSandbox = false }), times: 2);
        var other = (await Client.TestAccessAsync(new() { TenantId = "acme", Mode = mode })).Test;
        Assert.Equal(FailureClass.WrongIdentity, other.Failure.FailureClass);
        Assert.StartsWith("The session reaches another org than 00D", other.Failure.Advice, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task A_new_credential_of_an_org_of_the_other_kind_does_not_come_in_force(Mode mode)
    {
        Simulator.Fail(Endpoint.Query, Rows(new { IsSandbox = true }), times: 2);
        var result = mode switch
        {
            Mode.Password => (await Client.SetPasswordCredentialAsync(Calls.SetPassword())).Result,
            Mode.Oauth => await SetUpAsync(),
            _ => (await Client.SetClientCredentialsAsync(ClientCredentialsAdministration.Set())).Result,
        };
        Assert.Equal((WriteResult.TestFailed, Mode.Off), (result, (await Client.StatusAsync()).ActiveMode));
        Assert.Contains("The org is a sandbox", (await Client.StatusAsync()).Advice, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task A_trial_warns_with_its_last_day(Mode mode)
    {
        var end = Clock.GetUtcNow().AddDays(20);
        Change(user => user with { TrialExpirationDate = end });
        var detail = Check(await FirstTestAsync(mode), "IDENTITY").Detail;
        Assert.EndsWith($"; the org is a trial that ends on {end:yyyy-MM-dd}", detail, StringComparison.Ordinal);
        var status = await Client.StatusAsync();
        Assert.Contains(Warning.TrialEnds, status.Warnings);
        var deadline = status.Deadlines.Single(each => each.Warning == Warning.TrialEnds);
        Assert.Equal((end.ToUnixTimeMilliseconds(), $"{end:yyyy-MM-dd}"), (deadline.Time.ToDateTimeOffset().ToUnixTimeMilliseconds(), deadline.AnnouncedDate));

        // Bought.
        Change(user => user with { TrialExpirationDate = null });
        await Client.TestAccessAsync(new() { TenantId = "acme", Mode = mode });
        Assert.DoesNotContain(Warning.TrialEnds, (await Client.StatusAsync()).Warnings);
    }

    [Theory, MemberData(nameof(Modes))]
    public async Task What_does_not_pass_is_logged_with_what_to_do_and_counted(Mode mode)
    {
        using var counted = new MetricCollector<long>(
            Service.Services.GetRequiredService<IMeterFactory>(), ServiceMetrics.MeterName, "grpccreds.tests.checks_not_passed");
        Change(user => Complete(user) with { CustomizeApplication = false, ViewSetup = false });
        var test = await FirstTestAsync(mode);
        Assert.Equal(
            [("CUSTOMIZE_APPLICATION", "failed"), ("PACKAGE_VERSION", "not_checked")],
            counted.GetMeasurementSnapshot().Select(point => ((string)point.Tags["check"]!, (string)point.Tags["outcome"]!)));
        var lines = Service.Logs.GetSnapshot().Where(record => record.Id.Id == 465).Select(record => record.Message).ToList();
        Assert.Equal(2, lines.Count);
        Assert.All(lines, line => Assert.StartsWith($"Access test of tenant acme, {mode}: check ", line, StringComparison.Ordinal));
        Assert.Contains(Check(test, "CUSTOMIZE_APPLICATION").Failure.Advice, lines[0], StringComparison.Ordinal);
        Assert.Contains("INVALID_TYPE; decides: False. " + Check(test, "PACKAGE_VERSION").Failure.Advice, lines[1], StringComparison.Ordinal);

        Simulator.Fail(Endpoint.Data, Failure.Rest(403, "API_DISABLED_FOR_ORG", "no"));
        await Client.TestAccessAsync(new() { TenantId = "acme", Mode = mode });
        Assert.Equal(("API", "failed"), ((string)counted.LastMeasurement!.Tags["check"]!, (string)counted.LastMeasurement.Tags["outcome"]!));
        Assert.Contains("API_DISABLED_FOR_ORG; decides: True. ", Service.Logs.GetSnapshot().Last(record => record.Id.Id == 465).Message,
            StringComparison.Ordinal);
    }

    private async Task<WriteResult> SetUpAsync()
    {
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        return (await Client.SetUpAsync()).Result;
    }

    // One row that has what both questions ask for.
    private static Failure Rows<T>(T org)
    {
        var row = JsonSerializer.SerializeToNode(org)!;
        (row["PermissionsCustomizeApplication"], row["PermissionsModifyAllData"]) = (true, true);
        return Failure.Status(200, JsonSerializer.Serialize(new { totalSize = 1, done = true, records = new[] { row } }), "application/json");
    }

    private async Task<TestResult> FirstTestAsync(Mode mode) => (await Client.PutInForceAsync(mode, Simulator)).Of(mode).Current.LastTest;

    private void Change(Func<SimulatedUser, SimulatedUser> change) => Simulator.ChangeUsers(change);

    private static SimulatedUser Complete(SimulatedUser user) => user with
    {
        CustomizeApplication = true,
        Objects = new Dictionary<string, IReadOnlyList<string>>
        {
            ["Account"] = ["Id", "Name"], ["Contact"] = ["Id"], ["Zuora__Subscription__c"] = ["Id", "zuora__status__c"],
        },
        Packages = new Dictionary<string, string> { ["zuora"] = "2.102" },
    };

    private static Check Check(TestResult test, string name) => test.Checks.Single(check => check.Name == name);

    private static Endpoint EndpointOf(string check) => check switch
    {
        "CUSTOMIZE_APPLICATION" => Endpoint.Query,
        "FIELD_ACCESS" => Endpoint.Objects,
        _ => Endpoint.Tooling,
    };

    private static Failure FailureOf(string answer) => answer switch
    {
        "html" => Failure.Html(200),
        "shape" => Failure.Status(200, """{"records":[{"Id":1}],"fields":[1],"compositeResponse":"none"}""", "application/json"),
        "rows" => Failure.Status(200, JsonSerializer.Serialize(new { done = false, records = new[] { 1, 2 }, fields = "none" }), "application/json"),
        "silent" => Failure.SlowHeaders(),
        "reset" => Failure.ResetAfterProcessing(),
        "truncated" => Failure.Truncated(),
        "oversized" => Failure.Oversized(17 * 1024 * 1024),
        "redirect" => Failure.Redirect(302, new Uri("http://127.0.0.1:9/")),
        _ => Failure.Rest(int.Parse(answer.Split(' ')[0], null), answer.Split(' ')[1], "no"),
    };
}
