using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Grpc.Core;
using GrpcCreds.Server.Callers;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace GrpcCreds.Tests.Callers;

public sealed class TokenTests : IAsyncLifetime
{
    private const string NoToken = "it is no token", NotNow = "it is not valid now";

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
        ["no subject"] = (issuer => issuer.Token("viewer", claims => claims.Remove("sub")), "it names nobody"),
        ["an empty subject"] = (issuer => issuer.Token(""), "it names nobody"),
        ["another subject"] = (issuer => issuer.Token("Viewer"), "no caller has the jwt_subject 'Viewer'"),
        ["encrypted"] = (_ => "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAA.AAAA.AAAA", "not accepted"),
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

    [Fact]
    public async Task Where_a_token_says_its_key_is_nobody_looks()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = $"http://{listener.LocalEndpoint}/keys";
        await World.IsNobodyAsync(World.WithHeader($"Bearer {Foreign("viewer", header => (header["jku"], header["x5u"]) = (address, address))}"), "not accepted");
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
        string[] wrong = ["", "{}", "{\"keys\":[]}", "no key", """{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}""", ec.ExportPkcs8PrivateKeyPem(), ec.ExportECPrivateKeyPem()];
        Assert.All(wrong, content => Assert.Throws<CallersException>(() => IssuerKeyFile.Parse(Encoding.UTF8.GetBytes(content))));
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
        using var keys = new IssuerKeys(services.GetRequiredService<CallerFiles>(), services.GetRequiredService<IOptions<CallersOptions>>(), clock);
        var check = new TokenCheck(services.GetRequiredService<IOptions<CallersOptions>>(), keys, TimeProvider.System);
        async Task<bool> IsGoodAsync(Issuer issuer) => (await check.CheckAsync(issuer.Token("viewer", claims => claims["iss"] = metadata.Issuer), default)).Subject == "viewer";

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
        await other.WithHeader($"Bearer {token}").GetCredentialStatusAsync(new() { TenantId = CallersWorld.Own }).FailsAsync(StatusCode.Unavailable, "ISSUER_UNAVAILABLE");
    }

    private static string Jwks(Issuer issuer) => JsonSerializer.Serialize(new
    {
        keys = new[] { new { kty = "RSA", kid = "1", n = Base64Url.EncodeToString(issuer.Public.Modulus), e = Base64Url.EncodeToString(issuer.Public.Exponent) } },
    });

    private static string Hs256(Issuer issuer, byte[] secret) =>
        Issuer.Sign(Issuer.Unsigned("viewer", header: header => header["alg"] = "HS256"), text => HMACSHA256.HashData(secret, text));

    private static string Foreign(string subject, Action<JsonObject>? header = null)
    {
        using var issuer = new Issuer();
        return issuer.Token(subject, header: header);
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
