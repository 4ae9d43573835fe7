using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Grpc.Core;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Tokens;
using GrpcCreds.Server.Configuration;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace GrpcCreds.Tests.Callers.Tokens;

public sealed class TokenTests : IAsyncLifetime
{
    private const string NoToken = "it is not a valid JWT", NotNow = "it is not valid now";

    private CallersWorld? world;

    private CallersWorld World => world!;

    public async ValueTask InitializeAsync() => world = await CallersWorld.StartAsync();

    public async ValueTask DisposeAsync() => await World.DisposeAsync();

    private static readonly Dictionary<string, (Func<Issuer, string> Token, string Why)> Bad = new()
    {
        ["alg none"] = (_ => Issuer.Unsigned("viewer", header: header => header["alg"] = "none") + ".", "not accepted"),
        ["alg None"] = (_ => Issuer.Unsigned("viewer", header: header => header["alg"] = "None") + ".", "not accepted"),
        ["alg none with a signature"] = (issuer => issuer.Token("viewer", header: header => header["alg"] = "none"), "not accepted"),
        ["no alg"] = (issuer => issuer.Token("viewer", header: header => header.Remove("alg")), "not accepted"),
        ["HS256 with the public key's PEM"] = (issuer => Hs256(issuer, Encoding.ASCII.GetBytes(issuer.PublicPem)), "not accepted"),
        ["HS256 with the public key's bytes"] = (issuer => Hs256(issuer, RSA.Create(issuer.Public).ExportSubjectPublicKeyInfo()), "not accepted"),
        ["HS256 with the modulus"] = (issuer => Hs256(issuer, issuer.Public.Modulus!), "not accepted"),
        ["RS1"] = (issuer => issuer.Token("viewer", header: header => header["alg"] = "RS1"), "not accepted"),
        ["another key"] = (_ => Foreign("viewer"), "signed by a key that the issuer does not have"),
        ["a kid that is a path"] = (_ => Foreign("viewer", header => header["kid"] = "../../../../dev/null"), "not accepted"),
        ["a kid that asks a database"] = (_ => Foreign("viewer", header => header["kid"] = "x' UNION SELECT 'key"), "not accepted"),
        ["its own key in jwk"] = (_ => Foreign("viewer", Jwk), "not accepted"),
        ["no signature"] = (issuer => string.Join('.', issuer.Token("viewer").Split('.')[..2]) + ".", "not accepted"),
        ["a changed payload"] = (issuer => Changed(issuer.Token("auditor")), "signed by a key that the issuer does not have"),
        ["another issuer"] = (issuer => issuer.Token("viewer", claims => claims["iss"] = "https://evil.test"), "another issuer"),
        ["an issuer that begins alike"] = (issuer => issuer.Token("viewer", claims => claims["iss"] = Issuer.Name + "/"), "another issuer"),
        ["no issuer"] = (issuer => issuer.Token("viewer", claims => claims.Remove("iss")), "another issuer"),
        ["another audience"] = (issuer => issuer.Token("viewer", claims => claims["aud"] = "other"), "another audience"),
        ["other audiences"] = (issuer => issuer.Token("viewer", claims => claims["aud"] = new JsonArray("other", "another")), "another audience"),
        ["no audience"] = (issuer => issuer.Token("viewer", claims => claims.Remove("aud")), "another audience"),
        ["no end"] = (issuer => issuer.Token("viewer", claims => claims.Remove("exp")), NotNow),
        ["an end that is text"] = (issuer => issuer.Token("viewer", claims => claims["exp"] = "tomorrow"), "not accepted"),
        ["expired"] = (issuer => issuer.Token("viewer", ends: DateTimeOffset.UtcNow.AddSeconds(-1)), NotNow),
        ["not yet"] = (issuer => issuer.Token("viewer", claims => claims["nbf"] = DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds()), NotNow),
        ["no subject"] = (issuer => issuer.Token("viewer", claims => claims.Remove("sub")), "it has no subject"),
        ["an empty subject"] = (issuer => issuer.Token(""), "it has no subject"),
        ["another subject"] = (issuer => issuer.Token("Viewer"), "no caller has the jwt_subject 'Viewer'"),
        ["encrypted"] = (_ => "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAA.AAAA.AAAA", "not accepted"),
        ["an unknown crit"] = (issuer => issuer.Token("viewer", header: header => (header["crit"], header["x"]) = (new JsonArray("x"), 1)), "crit"),
        ["an empty crit"] = (issuer => issuer.Token("viewer", header: header => header["crit"] = new JsonArray()), "crit"),
        ["b64 false"] = (issuer => issuer.Token("viewer", header: header => (header["crit"], header["b64"]) = (new JsonArray("b64"), false)), "crit"),
        ["b64 false without crit"] = (issuer => issuer.Token("viewer", header: header => header["b64"] = false), "b64"),
        ["a padded header"] = (issuer => Padded(issuer, header: true), NoToken),
        ["a padded payload"] = (issuer => Padded(issuer, header: false), NoToken),
        ["a padded signature"] = (issuer => issuer.Token("viewer") + "==", NoToken),
        ["base64 of the other alphabet"] = (issuer => issuer.Token("viewer").Replace('_', '/').Replace('-', '+') + "+", NoToken),
        ["a space within"] = (issuer => issuer.Token("viewer").Insert(5, " "), NoToken),
        ["a fourth part"] = (issuer => issuer.Token("viewer") + ".AAAA", NoToken),
        ["an audience with a slash"] = (issuer => issuer.Token("viewer", claims => claims["aud"] = Issuer.Audience + "/"), "another audience"),
        ["an audience among others with a slash"] =
            (issuer => issuer.Token("viewer", claims => claims["aud"] = new JsonArray("x", Issuer.Audience + "/")), "another audience"),
        ["an audience of other case"] = (issuer => issuer.Token("viewer", claims => claims["aud"] = Issuer.Audience.ToUpperInvariant()), "another audience"),
        ["an audience that is a number"] = (issuer => issuer.Token("viewer", claims => claims["aud"] = 1), "its aud"),
        ["an audience in a list of lists"] =
            (issuer => issuer.Token("viewer", claims => claims["aud"] = new JsonArray(new JsonArray(Issuer.Audience))), "its aud"),
        ["typ logout+jwt"] = (issuer => issuer.Token("viewer", header: header => header["typ"] = "logout+jwt"), "another kind"),
        ["typ dpop+jwt"] = (issuer => issuer.Token("viewer", header: header => header["typ"] = "dpop+jwt"), "another kind"),
        ["typ secevent+jwt"] = (issuer => issuer.Token("viewer", header: header => header["typ"] = "application/secevent+jwt"), "another kind"),
        ["typ id_token"] = (issuer => issuer.Token("viewer", header: header => header["typ"] = "id_token"), "another kind"),
        ["typ that is no text"] = (issuer => issuer.Token("viewer", header: header => header["typ"] = new JsonArray("JWT")), "another kind"),
        ["an empty typ"] = (issuer => issuer.Token("viewer", header: header => header["typ"] = ""), "another kind"),
        ["a token in a token"] = (issuer => issuer.Token("viewer", header: header => header["cty"] = "JWT"), "another token"),
        ["an ID token"] = (issuer => issuer.Token("viewer", claims => (claims["nonce"], claims["at_hash"]) = ("n", "x")), "not an access token"),
        ["an ID token of Keycloak"] = (issuer => issuer.Token("viewer", claims => claims["typ"] = "ID"), "not an access token"),
        ["an ID token of Cognito"] = (issuer => issuer.Token("viewer", claims => claims["token_use"] = "id"), "not an access token"),
        ["a logout"] = (issuer => issuer.Token("viewer",
            claims => claims["events"] = new JsonObject { ["http://schemas.openid.net/event/backchannel-logout"] = new JsonObject() }), "not an access token"),
        ["bound to a certificate"] = (issuer => issuer.Token("viewer", claims => claims["cnf"] = new JsonObject { ["x5t#S256"] = "AAAA" }), "cnf"),
        ["bound to a key"] = (issuer => issuer.Token("viewer", claims => claims["cnf"] = new JsonObject { ["jkt"] = "AAAA" }), "cnf"),
        ["issued in the future"] =
            (issuer => issuer.Token("viewer", claims => claims["iat"] = DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds()), NotNow),
        ["nbf that is text"] = (issuer => issuer.Token("viewer", claims => claims["nbf"] = "0"), "its nbf"),
        ["exp that is a list"] = (issuer => issuer.Token("viewer", claims => claims["exp"] = new JsonArray(9_999_999_999)), "its exp"),
        ["exp beyond the calendar"] = (issuer => issuer.Token("viewer", claims => claims["exp"] = 1e300), "its exp"),
        ["exp that is null"] = (issuer => issuer.Token("viewer", claims => claims["exp"] = null), "its exp"),
        ["sub twice"] = (issuer => Raw(issuer, claims => claims.Replace("\"sub\"", "\"sub\":\"admin\",\"sub\"", StringComparison.Ordinal)), NoToken),
        ["aud twice"] = (issuer => Raw(issuer, claims => claims.Replace("\"aud\"", "\"aud\":\"x\",\"aud\"", StringComparison.Ordinal)), NoToken),
        ["sub twice, once escaped"] =
            (issuer => Raw(issuer, claims => claims.Replace("\"sub\"", "\"s\\u0075b\":\"admin\",\"sub\"", StringComparison.Ordinal)), NoToken),
        ["alg twice"] = (issuer => Raw(issuer, header: header => header.Replace("{", "{\"alg\":\"none\",", StringComparison.Ordinal)), NoToken),
        ["sub that is an object"] = (issuer => issuer.Token("viewer", claims => claims["sub"] = new JsonObject { ["sub"] = "viewer" }), "its sub"),
        ["sub that is a number"] = (issuer => issuer.Token("viewer", claims => claims["sub"] = 1), "its sub"),
        ["sub of half a surrogate pair"] = (issuer => Raw(issuer, claims => claims.Replace("viewer", "\\ud800", StringComparison.Ordinal)), NoToken),
        ["claims that are a list"] = (issuer => Raw(issuer, claims => $"[{claims}]"), NoToken),
        ["claims with a comment"] = (issuer => Raw(issuer, claims => claims + "/**/"), NoToken),
        ["claims that are deep"] = (issuer =>
            Raw(issuer, claims => claims.Replace("{", "{\"x\":" + new string('[', 40) + new string(']', 40) + ",", StringComparison.Ordinal)), NoToken),
        ["a longer token than any"] = (issuer => issuer.Token("viewer", claims => claims["groups"] = new string('x', TokenForm.MaxLength)), "characters"),
        ["ES256 with an RSA key"] = (issuer => issuer.Token("viewer", header: header => header["alg"] = "ES256"), "not accepted"),
        ["PS256 with an RS256 signature"] = (issuer => issuer.Token("viewer", header: header => header["alg"] = "PS256"), "not accepted"),
        ["nonsense"] = (_ => "nonsense", NoToken),
        ["dots"] = (_ => "..", NoToken),
    };

    public static TheoryData<string> BadOnes => [.. Bad.Keys];

    [Theory, MemberData(nameof(BadOnes))]
    public async Task A_bad_token_is_nobodys(string name)
    {
        var (token, why) = Bad[name];
        var sent = token(World.Issuer);
        await World.IsNobodyAsync(World.WithHeader($"Bearer {sent}"), why);
        Assert.All(World.Service.Logs.GetSnapshot(), record => Assert.DoesNotContain(sent, record.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_good_token_is_its_callers_and_several_audiences_may_stand_in_it()
    {
        Assert.Equal(Availability.NotConfigured, (await World.As("viewer").StatusAsync()).Availability);
        var many = World.Issuer.Token("viewer", claims => claims["aud"] = new JsonArray("other", Issuer.Audience));
        Assert.Equal(Availability.NotConfigured, (await World.WithHeader($"bearer {many}").StatusAsync()).Availability);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("JWT")]
    [InlineData("jwt")]
    [InlineData("at+jwt")]
    [InlineData("application/at+JWT")]
    public async Task An_access_token_is_good_by_each_name_of_its_kind(string? typ)
    {
        var token = World.Issuer.Token(
            "viewer",
            claims => (claims["iat"], claims["nbf"], claims["typ"]) =
                (DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 0.5, DateTimeOffset.UtcNow.AddSeconds(20).ToUnixTimeSeconds(), "Bearer"),
            header => _ = typ is null ? header.Remove("typ") : (header["typ"] = typ) is not null);
        Assert.Equal(Availability.NotConfigured, (await World.WithHeader($"Bearer {token}").StatusAsync()).Availability);
    }

    [Theory]
    [InlineData("a\nGrpcCreds.Audit[600] WRITE", "a\\u000AGrpcCreds.Audit[600] WRITE")]
    [InlineData("a\u001b[2J", "a\\u001B[2J")]
    [InlineData("a\u202eb\u2066c\u200b", "a\\u202Eb\\u2066c\\u200B")]
    [InlineData("a\u2028b\u0085", "a\\u2028b\\u0085")]
    public async Task What_a_token_says_its_subject_is_stands_in_the_log_as_plain_text(string subject, string logged)
    {
        await World.IsNobodyAsync(World.As(subject), $"no caller has the jwt_subject '{logged}'");
        Assert.All(World.Service.Logs.GetSnapshot(), record => Assert.DoesNotContain(subject, record.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_long_subject_is_cut_in_the_log()
    {
        await World.IsNobodyAsync(World.As(new string('x', 3_000)), $"'{new string('x', Printable.MaxLength)}…'");
        Assert.All(World.Service.Logs.GetSnapshot(), record => Assert.True(record.Message.Length < 1_000));
    }

    [Fact]
    public async Task A_key_counts_for_what_its_issuer_says_it_is_for()
    {
        async Task IsAsync(bool good, string more)
        {
            await World.ReplaceAsync("issuer.pem",
                Jwks(World.Issuer).Replace("\"kid\":\"1\"", $"\"kid\":\"1\",{more}", StringComparison.Ordinal), "issuer_keys");
            if (good)
                Assert.Equal(Availability.NotConfigured, (await World.As("viewer").StatusAsync()).Availability);
            else
                await World.IsNobodyAsync(World.As("viewer"), "not accepted");
        }

        await IsAsync(true, "\"alg\":\"RS256\",\"use\":\"sig\"");
        await IsAsync(false, "\"alg\":\"PS256\"");
        await IsAsync(false, "\"use\":\"enc\"");
        await IsAsync(false, "\"key_ops\":[\"encrypt\"]");
        await IsAsync(true, "\"key_ops\":[\"verify\"]");
    }

    [Fact]
    public async Task Where_a_token_says_its_key_is_nobody_looks()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = $"http://{listener.LocalEndpoint}/keys";
        await World.IsNobodyAsync(
            World.WithHeader($"Bearer {Foreign("viewer", header => (header["jku"], header["x5u"]) = (address, address))}"), "not accepted");
        Assert.False(listener.Pending());
    }

    [Theory]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("Bearer")]
    [InlineData("")]
    public async Task Another_kind_of_header_is_nobodys(string header) => await World.IsNobodyAsync(World.WithHeader(header), "the authorization header");

    [Fact]
    public async Task Two_headers_are_nobodys_though_one_is_good() =>
        await World.IsNobodyAsync(World.WithHeader($"Bearer {World.Issuer.Token("viewer")}", "Bearer x"), "not accepted");

    [Fact]
    public async Task Who_proves_nothing_is_nobody() => await World.IsNobodyAsync(World.Nobody, "neither a client certificate nor a bearer token");

    [Fact]
    public async Task A_stream_ends_with_its_token()
    {
        var client = World.WithHeader($"Bearer {World.Issuer.Token("node", ends: DateTimeOffset.UtcNow.AddMinutes(5))}");
        using var watch = client.WatchActiveCredential(Calls.Watch());
        await watch.ResponseStream.NextAsync(message => message.Synced is not null);
        await World.Service.AdvanceAsync("00:05:01");
        var error = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.NextAsync(_ => false));
        error.Is(StatusCode.Unauthenticated, "UNAUTHENTICATED");
        await client.GetActiveCredentialAsync(new() { TenantId = CallersWorld.Own }).FailsAsync(StatusCode.Unauthenticated, "UNAUTHENTICATED");
    }

    [Fact]
    public void A_key_file_may_hold_several_keys_of_both_kinds()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal(2, IssuerKeyFile.Parse(Encoding.UTF8.GetBytes($"{World.Issuer.PublicPem}\n{ec.ExportSubjectPublicKeyInfoPem()}")).Count);
        Assert.Single(IssuerKeyFile.Parse(Encoding.UTF8.GetBytes(Jwks(World.Issuer))));
    }

    [Fact]
    public void A_key_file_holds_nothing_but_public_keys()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string[] wrong = ["", "{}", "{\"keys\":[]}", "no key", """{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}""",
            ec.ExportPkcs8PrivateKeyPem(), ec.ExportECPrivateKeyPem()];
        Assert.All(wrong, content => Assert.Throws<FileException>(() => IssuerKeyFile.Parse(Encoding.UTF8.GetBytes(content))));
    }

    [Fact]
    public async Task Keys_come_from_the_issuers_metadata_where_no_file_is_named()
    {
        await using var metadata = await MetadataServer.StartAsync(issuer => $$"""{"issuer":"{{issuer}}","jwks_uri":"{{issuer}}/keys"}""", Jwks(World.Issuer));
        await using var other = await CallersWorld.StartAsync(settings: [$"Callers:Jwt:Issuer={metadata.Issuer}", "Callers:Jwt:KeysFile="]);
        var token = World.Issuer.Token("viewer", claims => claims["iss"] = metadata.Issuer);
        Assert.Equal(Availability.NotConfigured, (await other.WithHeader($"Bearer {token}").StatusAsync()).Availability);
        await other.IsNobodyAsync(other.WithHeader($"Bearer {World.Issuer.Token("viewer")}"), "another issuer");
    }

    [Fact]
    public async Task A_key_the_issuer_has_made_since_is_known_10_seconds_later_and_one_it_has_withdrawn_is_forgotten_in_5_minutes()
    {
        using var next = new Issuer();
        await using var metadata = await MetadataServer.StartAsync(issuer => $$"""{"issuer":"{{issuer}}","jwks_uri":"{{issuer}}/keys"}""", Jwks(World.Issuer));
        await using var other = await CallersWorld.StartAsync(settings: [$"Callers:Jwt:Issuer={metadata.Issuer}", "Callers:Jwt:KeysFile="]);
        var services = other.Service.Services;
        var clock = new FakeTimeProvider();
        var jwt = services.GetRequiredService<IOptions<CallersOptions>>().Value.Jwt;
        using var keys = new IssuerKeys(services.GetRequiredService<CallerFiles>().IssuerKeys, jwt, clock);
        var check = new TokenCheck(jwt, keys, TimeProvider.System);
        async Task<bool> IsGoodAsync(Issuer issuer) =>
            (await check.CheckAsync(issuer.Token("viewer", claims => claims["iss"] = metadata.Issuer), default)).Subject == "viewer";

        Assert.True(await IsGoodAsync(World.Issuer));
        metadata.Keys = Jwks(next);
        Assert.False(await IsGoodAsync(next));
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.True(await IsGoodAsync(next));

        metadata.Keys = Jwks(World.Issuer);
        clock.Advance(TimeSpan.FromMinutes(5));
        await Waiting.UntilAsync(async () => !await IsGoodAsync(next), "the withdrawn key is forgotten");
    }

    [Theory]
    [InlineData("""{"issuer":"https://evil.test","jwks_uri":"ISSUER/keys"}""")]
    [InlineData("""{"issuer":"ISSUER","jwks_uri":"http://192.0.2.1/keys"}""")]
    [InlineData("""not JSON""")]
    public async Task Metadata_that_cannot_be_believed_leaves_the_question_open(string document)
    {
        await using var metadata = await MetadataServer.StartAsync(issuer => document.Replace("ISSUER", issuer, StringComparison.Ordinal), Jwks(World.Issuer));
        await using var other = await CallersWorld.StartAsync(settings: [$"Callers:Jwt:Issuer={metadata.Issuer}", "Callers:Jwt:KeysFile="]);
        var token = World.Issuer.Token("viewer", claims => claims["iss"] = metadata.Issuer);
        await other.WithHeader($"Bearer {token}").GetCredentialStatusAsync(new() { TenantId = CallersWorld.Own })
            .FailsAsync(StatusCode.Unavailable, "ISSUER_UNAVAILABLE");
    }

    private static string Jwks(Issuer issuer) => JsonSerializer.Serialize(new
    {
        keys = new[]
            { new { kty = "RSA", kid = "1", n = Base64Url.EncodeToString(issuer.Public.Modulus), e = Base64Url.EncodeToString(issuer.Public.Exponent) } },
    });

    private static string Hs256(Issuer issuer, byte[] secret) =>
        Issuer.Sign(Issuer.Unsigned("viewer", header: header => header["alg"] = "HS256"), text => HMACSHA256.HashData(secret, text));

    private static string Foreign(string subject, Action<JsonObject>? header = null)
    {
        using var issuer = new Issuer();
        return issuer.Token(subject, header: header);
    }

    // As written by code that does not strip the base64 padding.
    private static string Padded(Issuer issuer, bool header)
    {
        string Pad(string part) => part.PadRight((part.Length + 3) / 4 * 4, '=');
        // Has a length that needs padding.
        for (var extra = ""; ; extra += "x")
        {
            var parts = Issuer.Unsigned("viewer", claims => claims["x"] = extra, head => head["x"] = extra).Split('.');
            if (parts[header ? 0 : 1].Length % 4 != 0)
                return issuer.Sign(header ? $"{Pad(parts[0])}.{parts[1]}" : $"{parts[0]}.{Pad(parts[1])}");
        }
    }

    private static string Raw(Issuer issuer, Func<string, string>? claims = null, Func<string, string>? header = null)
    {
        string Change(string part, Func<string, string>? change)
        {
            var json = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(part));
            return Issuer.Encode(change?.Invoke(json) ?? json);
        }
        var parts = Issuer.Unsigned("viewer").Split('.');
        return issuer.Sign($"{Change(parts[0], header)}.{Change(parts[1], claims)}");
    }

    private static void Jwk(JsonObject header)
    {
        using var issuer = new Issuer();
        header["jwk"] = JsonNode.Parse(Jwks(issuer))!["keys"]![0]!.DeepClone();
    }

    private static string Changed(string token)
    {
        var parts = token.Split('.');
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!;
        claims["sub"] = "all-admin";
        return $"{parts[0]}.{Issuer.Encode(claims.ToJsonString())}.{parts[2]}";
    }
}
