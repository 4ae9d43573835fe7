using System.Text.Json;
using GrpcCreds.SalesforceSimulator;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.SimulatorTests;

public sealed class RestTests : SimulatorTest
{
    private static readonly SimulatedUser Bob = new()
    {
        Username = "bob@acme.test", Password = "p", OrgId = "00Dxx0000001gPLEAY", UserId = "00558000001N0KeAAK",
    };

    [Fact]
    public async Task The_list_of_versions_needs_no_session()
    {
        var (status, body) = await ReadAsync("services/data/");
        Assert.Equal(200, status);
        Assert.Contains(JsonDocument.Parse(body).RootElement.EnumerateArray(), version =>
            version.GetProperty("version").GetString() == "64.0" && version.GetProperty("label").GetString() == "Summer '25");
    }

    [Fact]
    public async Task The_resources_name_the_identity_and_count_the_calls()
    {
        var session = await SessionAsync(Bob);
        using var response = await GetAsync("services/data/v64.0", session);
        var links = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancelled)).RootElement;
        Assert.Equal($"{Simulator.Production}id/00Dxx0000001gPLEAY/00558000001N0KeAAK", links.GetProperty("identity").GetString());
        Assert.Equal("api-usage=1/15000", response.Headers.GetValues("Sforce-Limit-Info").Single());
        Assert.Equal((200, """{"DailyApiRequests":{"Max":15000,"Remaining":14998}}"""), await ReadAsync("services/data/v64.0/limits", session));
    }

    [Theory]
    [InlineData("v99.0", 404, "NOT_FOUND")]
    [InlineData("v30.0", 410, "UNSUPPORTED_API_VERSION")]
    [InlineData("v64.0/nothing", 404, "NOT_FOUND")]
    public async Task A_wrong_path_is_an_array_of_errors(string path, int status, string code)
    {
        var answer = await ReadAsync($"services/data/{path}", await SessionAsync(Bob));
        Assert.Equal(status, answer.Status);
        Assert.Equal(code, JsonDocument.Parse(answer.Body).RootElement[0].GetProperty("errorCode").GetString());
    }

    [Theory]
    [InlineData("SELECT Id, IsSandbox FROM Organization", 200, "\"IsSandbox\":false")]
    [InlineData("SELECT PermissionsCustomizeApplication, PermissionsModifyAllData FROM UserPermissionAccess", 200, "\"PermissionsModifyAllData\":false")]
    [InlineData("SELECT Id FROM InstalledSubscriberPackage", 400, "INVALID_TYPE")]
    [InlineData("SELECT Nothing FROM Organization", 400, "INVALID_FIELD")]
    [InlineData("DELETE everything", 400, "MALFORMED_QUERY")]
    public async Task A_query_answers_about_the_user_and_the_org(string soql, int status, string part)
    {
        var answer = await ReadAsync($"services/data/v64.0/query?q={Uri.EscapeDataString(soql)}", await SessionAsync(Bob));
        Assert.Equal(status, answer.Status);
        Assert.Contains(part, answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Packages_are_shown_to_users_who_may_see_the_setup()
    {
        const string Query = "services/data/v64.0/tooling/query?q=SELECT+SubscriberPackage.NamespacePrefix,"
            + "SubscriberPackageVersion.MajorVersion,SubscriberPackageVersion.MinorVersion+FROM+InstalledSubscriberPackage";
        var session = await SessionAsync(Bob with { Packages = new Dictionary<string, string> { ["Zuora"] = "2.102" } });
        var row = JsonDocument.Parse((await ReadAsync(Query, session)).Body).RootElement.GetProperty("records")[0];
        Assert.Equal("Zuora", row.GetProperty("SubscriberPackage").GetProperty("NamespacePrefix").GetString());
        Assert.Equal(102, row.GetProperty("SubscriberPackageVersion").GetProperty("MinorVersion").GetInt32());
        Simulator.ChangeUser(Bob.Username, bob => bob with { ViewSetup = false });
        Assert.Equal(400, (await ReadAsync(Query, session)).Status);
    }

    [Fact]
    public async Task An_object_lists_the_fields_that_the_user_sees()
    {
        var session = await SessionAsync(Bob with { Objects = new Dictionary<string, IReadOnlyList<string>> { ["Account"] = ["Id", "Name"] } });
        Assert.Contains("\"Account\"", (await ReadAsync("services/data/v64.0/sobjects", session)).Body, StringComparison.Ordinal);
        var (status, body) = await ReadAsync("services/data/v64.0/sobjects/account/describe", session);
        var fields = JsonDocument.Parse(body).RootElement.GetProperty("fields").EnumerateArray().Select(field => field.GetProperty("name").GetString());
        Assert.Equal((200, "Id Name"), (status, string.Join(' ', fields)));
        Assert.Equal(404, (await ReadAsync("services/data/v64.0/sobjects/Contact/describe", session)).Status);
    }

    [Theory]
    [InlineData("Account", "False True")]
    [InlineData("Account.Name", "True False")]
    [InlineData("Contact", "True True")]
    public async Task An_object_and_its_fields_say_whether_the_user_may_write_them(string readOnly, string mayWrite)
    {
        var session = await SessionAsync(Bob with { ReadOnly = [readOnly] });
        var account = JsonDocument.Parse((await ReadAsync("services/data/v64.0/sobjects/Account/describe", session)).Body).RootElement;
        var name = account.GetProperty("fields").EnumerateArray().Single(field => field.GetProperty("name").GetString() == "Name");
        Assert.Equal(mayWrite, $"{account.GetProperty("createable").GetBoolean()} {name.GetProperty("updateable").GetBoolean()}");
        Assert.True(name.GetProperty("createable").GetBoolean());
    }

    [Fact]
    public async Task A_composite_request_answers_each_of_its_parts_and_counts_once()
    {
        var session = await SessionAsync(Bob);
        Simulator.Fail(Endpoint.Query, Failure.Rest(403, "INSUFFICIENT_ACCESS", "no"));
        using var response = await CompositeAsync(session, ["sobjects/Account/describe", "query?q=SELECT+Id+FROM+Organization", "sobjects/None/describe"]);
        var parts = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancelled)).RootElement.GetProperty("compositeResponse").EnumerateArray();
        Assert.Equal(
            [("p0", 200), ("p1", 403), ("p2", 404)],
            parts.Select(part => (part.GetProperty("referenceId").GetString(), part.GetProperty("httpStatusCode").GetInt32())));
        Assert.Equal("api-usage=1/15000", response.Headers.GetValues("Sforce-Limit-Info").Single());
        using var many = await CompositeAsync(session, [.. Enumerable.Repeat("sobjects", 26)]);
        Assert.Equal(400, (int)many.StatusCode);
    }

    private async Task<HttpResponseMessage> CompositeAsync(string session, string[] paths)
    {
        var parts = paths.Select((path, i) => new { method = "GET", url = $"/services/data/v64.0/{path}", referenceId = $"p{i}" });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Simulator.Production, "services/data/v64.0/composite"))
        {
            Headers = { Authorization = new("Bearer", session) },
            Content = System.Net.Http.Json.JsonContent.Create(new { allOrNone = false, compositeRequest = parts }),
        };
        return await Http.SendAsync(request, Cancelled);
    }

    [Fact]
    public async Task A_user_changed_after_login_loses_what_it_may_no_longer_do()
    {
        var session = await SessionAsync(Bob);
        Simulator.ChangeUser(Bob.Username, bob => bob with { ApiDisabled = true });
        Assert.Equal(403, (await ReadAsync("services/data/v64.0", session)).Status);
        Simulator.ChangeUser(Bob.Username, bob => bob with { RestrictedIp = true });
        var (_, refusal) = await ReadAsync("services/data/v64.0", session);
        Assert.Contains("This session is not valid for use with the REST API", refusal, StringComparison.Ordinal);
        Simulator.ChangeUser(Bob.Username, bob => bob with { Inactive = true });
        Assert.Equal((403, "Bad_OAuth_Token"), await ReadAsync("services/oauth2/userinfo", session));
    }

    [Fact]
    public async Task Userinfo_tells_whose_session_it_is()
    {
        var (status, body) = await ReadAsync("services/oauth2/userinfo", await SessionAsync(Bob));
        var info = JsonDocument.Parse(body).RootElement;
        Assert.Equal(200, status);
        Assert.Equal("00558000001N0KeAAK", info.GetProperty("user_id").GetString());
        Assert.Equal("00Dxx0000001gPLEAY", info.GetProperty("organization_id").GetString());
        Assert.Equal($"{Simulator.Production}id/00Dxx0000001gPLEAY/00558000001N0KeAAK", info.GetProperty("sub").GetString());
    }

    [Fact]
    public async Task Userinfo_and_identity_refuse_in_one_plain_word()
    {
        Assert.Equal((403, "Missing_OAuth_Token"), await ReadAsync("services/oauth2/userinfo"));
        Assert.Equal((403, "Bad_OAuth_Token"), await ReadAsync("services/oauth2/userinfo", "dead"));
        Assert.Equal((403, "Missing_OAuth_Token"), await ReadAsync("id/00Dxx0000001gPLEAY/005600000045vWeAAI"));
        Assert.Equal((403, "Bad_OAuth_Token"), await ReadAsync("id/00Dxx0000001gPLEAY/005600000045vWeAAI", "dead"));
        var session = await SessionAsync(Bob);
        Assert.Equal((403, "Wrong_Org"), await ReadAsync("id/00Dx0000000BV7zEAG/005600000045vWeAAI", session));
        Assert.Equal((404, "Bad_Id"), await ReadAsync("id/00Dxx0000001gPLEAY/005", session));
        using var response = await GetAsync("id/00Dxx0000001gPLEAY/005", session);
        Assert.Equal("text/plain", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_privileged_session_reads_the_identity_of_others()
    {
        var session = await SessionAsync(Bob);
        var (status, body) = await ReadAsync("id/00Dxx0000001gPL/005600000045vWe?format=json", session);
        Assert.Equal((200, "ann@acme.test"), (status, JsonDocument.Parse(body).RootElement.GetProperty("username").GetString()));
        Simulator.ChangeUser(Bob.Username, bob => bob with { ManageUsers = false });
        Assert.Equal((404, "No_Access"), await ReadAsync("id/00Dxx0000001gPLEAY/005600000045vWeAAI", session));
        Assert.Equal(200, (await ReadAsync($"id/00Dxx0000001gPLEAY/00558000001N0KeAAK?oauth_token={Uri.EscapeDataString(session)}")).Status);
    }
}
