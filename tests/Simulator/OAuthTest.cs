using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Web;
using GrpcCreds.SalesforceSimulator;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

/// <summary>A client of the web server flow, with the verifier and challenge of RFC 7636.</summary>
public abstract class OAuthTest : SimulatorTest
{
    protected const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    protected const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    protected const string Ann = "ann@acme.test";
    protected const string DeadGrant = "invalid_grant: expired access/refresh token";

    protected static ConnectedApp App => DefaultApps.Demo;

    protected static string Callback => App.CallbackUrls[0];

    protected override SimulatorOptions Options => new() { AutoApprove = true };

    protected static Dictionary<string, string> AuthorizeParameters(params (string Name, string Value)[] changes)
    {
        var parameters = new Dictionary<string, string>
        {
            ["response_type"] = "code",
            ["client_id"] = App.ConsumerKey,
            ["redirect_uri"] = Callback,
            ["state"] = "a b&c==",
            ["code_challenge"] = Challenge,
        };
        foreach (var (name, value) in changes)
            parameters[name] = value;
        return parameters;
    }

    protected async Task<HttpResponseMessage> AuthorizeAsync(params (string Name, string Value)[] changes)
    {
        var query = string.Join('&', AuthorizeParameters(changes).Select(one => $"{one.Key}={Uri.EscapeDataString(one.Value)}"));
        return await GetAsync($"services/oauth2/authorize?{query}");
    }

    /// <summary>The query of the callback that the browser is sent to.</summary>
    protected static Dictionary<string, string> Query(HttpResponseMessage response)
    {
        Assert.Equal(302, (int)response.StatusCode);
        var location = response.Headers.Location!;
        Assert.StartsWith(Callback + "?", location.ToString(), StringComparison.Ordinal);
        var query = HttpUtility.ParseQueryString(location.Query);
        return query.AllKeys.ToDictionary(key => key!, key => query[key]!);
    }

    protected async Task<string> CodeAsync(params (string Name, string Value)[] changes)
    {
        using var response = await AuthorizeAsync(changes);
        return Query(response)["code"];
    }

    /// <summary>Status and body of a call; the form is given as pairs.</summary>
    protected async Task<(int Status, string Body)> PostAsync(string endpoint, Dictionary<string, string> form, string? basic = null, Uri? host = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(host ?? Simulator.Production, $"services/oauth2/{endpoint}"));
        request.Content = new FormUrlEncodedContent(form);
        if (basic is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(basic)));
        using var response = await Http.SendAsync(request, Cancelled);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Cancelled));
    }

    protected static Dictionary<string, string> WithClient(params (string Name, string Value)[] pairs)
    {
        var form = new Dictionary<string, string> { ["client_id"] = App.ConsumerKey, ["client_secret"] = App.ConsumerSecret };
        foreach (var (name, value) in pairs)
            form[name] = value;
        return form;
    }

    /// <summary>The members of the answer to a code.</summary>
    protected async Task<Dictionary<string, string>> ExchangeAsync(string code, params (string Name, string Value)[] changes) =>
        Members(await PostAsync("token", WithClient(
            [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", Callback), ("code_verifier", Verifier), .. changes])));

    /// <summary>The members of the answer to a refresh token.</summary>
    protected async Task<Dictionary<string, string>> RefreshAsync(string refreshToken, Uri? host = null) =>
        Members(await PostAsync("token", WithClient(("grant_type", "refresh_token"), ("refresh_token", refreshToken)), host: host));

    protected async Task<Dictionary<string, string>> ApproveAsync(params (string Name, string Value)[] changes) =>
        await ExchangeAsync(await CodeAsync(changes));

    /// <summary>Error and description, or null for a good answer.</summary>
    protected static string? Error(Dictionary<string, string> members) =>
        members.TryGetValue("error", out var error) ? $"{error}: {members["error_description"]}" : null;

    protected async Task<JsonElement> IntrospectAsync(string token) =>
        JsonDocument.Parse((await PostAsync("introspect", WithClient(("token", token)))).Body).RootElement;

    protected async Task<int> StatusOfDataAsync(string accessToken) => (await ReadAsync("services/data/v64.0", accessToken)).Status;

    protected static Dictionary<string, string> Members((int Status, string Body) answer)
    {
        var members = JsonSerializer.Deserialize<Dictionary<string, string>>(answer.Body)!;
        Assert.Equal(members.ContainsKey("error") ? 400 : 200, answer.Status);
        return members;
    }
}
