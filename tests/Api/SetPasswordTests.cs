using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

public sealed class SetPasswordTests : ServiceTest
{
    [Fact]
    public async Task A_tenant_nobody_configured_reads_as_not_configured()
    {
        var status = await Client.StatusAsync();
        Assert.Equal((Availability.NotConfigured, Mode.Off, 0L), (status.Availability, status.ActiveMode, status.Revision));
        Assert.Empty(status.Modes);
        var active = await Client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        Assert.Equal(Availability.NotConfigured, active.Unavailable.Cause);
    }

    [Fact]
    public async Task A_good_password_is_tested_by_one_login_and_serves()
    {
        var status = await Client.ActivateAsync();

        Assert.Equal((Availability.Serving, Mode.Password), (status.Availability, status.ActiveMode));
        Assert.Contains(Warning.PasswordLoginRetires, status.Warnings);
        var deadline = Assert.Single(status.Deadlines);
        Assert.Equal((Warning.PasswordLoginRetires, new DateTime(2027, 6, 1, 0, 0, 0, DateTimeKind.Utc), "Summer '27"),
            (deadline.Warning, deadline.Time.ToDateTime(), deadline.AnnouncedDate));
        var mode = Assert.Single(status.Modes);
        Assert.Null(mode.Candidate);
        Assert.Equal((Calls.User, "development"), (mode.Current.Username, mode.Current.SetBy));
        Assert.Equal((Outcome.Succeeded, "Access test was successful."), (mode.Current.LastTest.Outcome, mode.Current.LastTest.Message));
        Assert.Equal(
            ["LOGIN", "IDENTITY", "API", "API_VERSION", "CUSTOMIZE_APPLICATION", "FIELD_ACCESS", "PACKAGE_VERSION"],
            mode.Current.LastTest.Checks.Select(check => check.Name));
        Assert.Equal(1, Simulator.Logins(Calls.User).Accepted);

        var active = (await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential;
        var session = Assert.Single(Simulator.Sessions());
        Assert.Equal((status.Revision, Mode.Password, session.Id), (active.Revision, active.Mode, active.Session.AccessToken));
        Assert.Equal(18, active.Session.OrgId.Length);
        Assert.Equal(Simulator.Production.GetLeftPart(UriPartial.Authority), active.Session.InstanceUrl);
        Assert.InRange(active.Session.ExpectedExpireTime.ToDateTime(), DateTime.UtcNow.AddMinutes(115), DateTime.UtcNow.AddMinutes(121));
    }

    [Fact]
    public async Task A_sandbox_user_logs_in_at_the_sandbox()
    {
        Simulator.AddUser("bob@acme.test.uat", Calls.Password, Personality.Sandbox);
        var request = Calls.SetPassword(user: "bob@acme.test.uat");
        request.UseSandbox = true;
        Assert.Equal(WriteResult.Activated, (await Client.SetPasswordCredentialAsync(request)).Result);
        Assert.True((await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential.UseSandbox);
        Assert.Empty(Simulator.Ledger());
    }

    [Fact]
    public async Task A_refused_login_leaves_the_old_credential_in_force()
    {
        var before = await Client.ActivateAsync();
        var set = await Client.SetPasswordCredentialAsync(Calls.SetPassword(password: "wrong"));

        Assert.Equal(WriteResult.TestFailed, set.Result);
        Assert.Equal((before.Revision, Availability.Serving), (set.Status.Revision, set.Status.Availability));
        var test = set.Status.Modes[0].Candidate.LastTest;
        Assert.Equal((Outcome.Failed, Slot.Candidate, FailureClass.LoginRefused, "INVALID_LOGIN"),
            (test.Outcome, test.Slot, test.Failure.FailureClass, test.Failure.SalesforceCode));
        Assert.Contains("the user may also be locked", test.Failure.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_field_to_correct_need_be_sent()
    {
        await Client.SetPasswordCredentialAsync(Calls.SetPassword(user: "b0b@acme.test"));
        var set = await Client.SetPasswordCredentialAsync(new() { TenantId = "acme", Username = Calls.User });
        Assert.Equal(WriteResult.Activated, set.Result);
    }

    [Fact]
    public async Task An_expired_password_is_refused_though_Salesforce_answers_with_a_session()
    {
        Simulator.ChangeUser(Calls.User, user => user with { PasswordExpired = true });
        var set = await Client.SetPasswordCredentialAsync(Calls.SetPassword());
        var failure = set.Status.Modes[0].Candidate.LastTest.Failure;
        Assert.Equal((WriteResult.TestFailed, FailureClass.LoginRefused), (set.Result, failure.FailureClass));
        Assert.Contains("expired", failure.Advice, StringComparison.Ordinal);
        Assert.Equal(Availability.NotConfigured, set.Status.Availability);
    }

    [Fact]
    public async Task While_Salesforce_is_unavailable_the_test_is_undecided()
    {
        Simulator.Fail(Endpoint.Login, Failure.Status(503, "down"));
        var set = await Client.SetPasswordCredentialAsync(Calls.SetPassword());
        Assert.Equal((WriteResult.TestUnknown, FailureClass.Unavailable), (set.Result, set.Status.Modes[0].Candidate.LastTest.Failure.FailureClass));
        Assert.Equal(WriteResult.Activated, (await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Password })).Result);
    }

    [Fact]
    public async Task A_staged_password_waits_and_nothing_is_sent()
    {
        var request = Calls.SetPassword();
        request.Activation = Activation.Staged;
        var set = await Client.SetPasswordCredentialAsync(request);
        Assert.Equal((WriteResult.Staged, Availability.NotConfigured, 0L), (set.Result, set.Status.Availability, set.Status.Revision));
        Assert.NotNull(set.Status.Modes[0].Candidate);
        Assert.Empty(Simulator.Ledger());
        Assert.Equal(WriteResult.Activated, (await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Password })).Result);
    }

    [Fact]
    public async Task Every_wrong_field_is_named_and_no_value_is_echoed()
    {
        var status = await Client.SetPasswordCredentialAsync(new()
        {
            TenantId = "Acme!",
            Username = new string('u', 51),
            Password = "canary\n",
            SecurityToken = new string('t', 151),
            RequestId = "canary-id",
            Reason = new string('r', 201),
            Activation = (Activation)9,
        }).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");

        var fields = status.GetDetail<Google.Rpc.BadRequest>()!.FieldViolations.Select(violation => violation.Field).Order();
        Assert.Equal(["activation", "password", "reason", "request_id", "security_token", "tenant_id", "username"], fields);
        Assert.DoesNotContain("canary", status.ToString(), StringComparison.Ordinal);
        Assert.Contains("username: must have 1 to 50 characters", status.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\u0007b")]
    [InlineData("a\r\nb")]
    [InlineData("a\u0085b")]
    [InlineData("a\uFFFEb")]
    public async Task What_a_login_cannot_carry_is_refused_when_it_is_saved(string password)
    {
        var status = await Client.SetPasswordCredentialAsync(Calls.SetPassword(password: password)).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
        Assert.Equal("password", Assert.Single(status.GetDetail<Google.Rpc.BadRequest>()!.FieldViolations).Field);
        Assert.Empty(Simulator.Ledger());
    }

    [Theory]
    [InlineData(" bob@acme.test", "", "username")]
    [InlineData("bob@acme.test ", "", "username")]
    [InlineData("bob@acme.test\u00A0", "", "username")]
    [InlineData("\u200Bbob@acme.test", "", "username")]
    [InlineData("bob@acme.test\u2028", "", "username")]
    [InlineData("bob@acme.test\n", "", "username")]
    [InlineData(" ", "", "username")]
    [InlineData("bob@acme.test", " Token1", "security_token")]
    [InlineData("bob@acme.test", "Token1\uFEFF", "security_token")]
    [InlineData("bob@acme.test", "Token1\r\n", "security_token")]
    public async Task What_a_copied_text_brought_along_is_refused_when_it_is_saved(string username, string token, string field)
    {
        var request = Calls.SetPassword(user: username);
        request.SecurityToken = token;
        var status = await Client.SetPasswordCredentialAsync(request).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
        Assert.Equal(field, Assert.Single(status.GetDetail<Google.Rpc.BadRequest>()!.FieldViolations).Field);
        Assert.Empty(Simulator.Ledger());
    }

    [Fact]
    public async Task A_password_may_begin_and_end_with_a_space()
    {
        Simulator.ChangeUser(Calls.User, user => user with { Password = " Pa55 " });
        Assert.Equal(WriteResult.Activated, (await Client.SetPasswordCredentialAsync(Calls.SetPassword(password: " Pa55 "))).Result);
    }

    [Theory]
    [InlineData(50, 47, 150, true)]
    [InlineData(51, 47, 150, false)]
    [InlineData(50, 48, 150, false)]
    [InlineData(50, 47, 151, false)]
    public async Task Lengths_are_counted_in_characters_as_people_count(int username, int password, int token, bool good)
    {
        // One emoji is one character to a person and two to a string.
        static string Of(int length) => string.Concat(Enumerable.Repeat("😀", length));
        var call = Client.SetPasswordCredentialAsync(new()
        {
            TenantId = "acme", Username = Of(username), Password = Of(password), SecurityToken = Of(token), Activation = Activation.Staged,
        });
        if (good)
            Assert.Equal(WriteResult.Staged, (await call).Result);
        else
            await call.FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
    }

    [Fact]
    public async Task What_the_first_set_needs_is_named()
    {
        var first = await Client.SetPasswordCredentialAsync(new() { TenantId = "acme" }).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
        Assert.Equal(["username", "password", "security_token"],
            first.GetDetail<Google.Rpc.BadRequest>()!.FieldViolations.Select(violation => violation.Field));

        await Client.ActivateAsync();
        var noToken = new SetPasswordCredentialRequest { TenantId = "acme", Password = "new" };
        await Client.SetPasswordCredentialAsync(noToken).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
        var moved = new SetPasswordCredentialRequest { TenantId = "acme", UseSandbox = true };
        await Client.SetPasswordCredentialAsync(moved).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
    }
}
