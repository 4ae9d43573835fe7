using System.Text.Json;
using GrpcCreds.SalesforceSimulator;
using Xunit;

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
