using System.Buffers.Text;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using GrpcCreds.Server.Salesforce.JwtBearer;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Tests.Faults.Canary;
using Xunit;

namespace GrpcCreds.Tests.Salesforce.JwtBearer;

public sealed class SigningKeysTests
{
    private static readonly Uri Audience = new("https://login.salesforce.com/");

    [Fact]
    public async Task Each_key_is_another_and_the_canary_would_find_it()
    {
        using var keys = new SigningKeys(TimeProvider.System);
        var (one, other) = (await MakeAsync(keys), await MakeAsync(keys));
        Assert.NotEqual(one.Fingerprint, other.Fingerprint);
        var text = one.PrivateKey.Reveal();
        Assert.Contains(Convert.ToBase64String(CanaryWorld.PrivateKeyBegin[2..]), text, StringComparison.Ordinal);
        Assert.True(Convert.FromBase64String(text).AsSpan().IndexOf(CanaryWorld.PrivateKeyBegin) == 4);
        using var certificate = X509Certificate2.CreateFromPem(one.Certificate);
        Assert.Equal(-1, certificate.RawData.AsSpan().IndexOf(CanaryWorld.PrivateKeyBegin));
    }

    [Fact]
    public async Task The_longest_tenant_name_fits_into_a_certificate()
    {
        using var keys = new SigningKeys(TimeProvider.System);
        var key = await keys.MakeAsync(TenantId.Parse(new string('a', 63)), SigningKeys.MaxDays, TestContext.Current.CancellationToken);
        Assert.Equal(DateTimeOffset.UtcNow.AddDays(1825), key.ExpireTime, TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task An_assertion_says_what_Salesforce_needs_and_nothing_else_and_lives_for_two_minutes_of_its_clock()
    {
        using var keys = new SigningKeys(TimeProvider.System);
        var now = DateTimeOffset.UnixEpoch.AddYears(56);
        var credential = new JwtBearerCredential
        {
            CredentialId = 1, ConsumerKey = "key", Username = "ann@acme.test", Key = await MakeAsync(keys), UseSandbox = false, SetTime = now, SetBy = "ann",
        };
        var parts = AssertionSigner.Sign(credential, Audience, now).Reveal().Split('.');
        Assert.Equal("RS256", Parse(parts[0]).GetProperty("alg").GetString());
        Assert.Equal(
            ["aud=https://login.salesforce.com", $"exp={now.AddMinutes(2).ToUnixTimeSeconds()}", "iss=key", "sub=ann@acme.test"],
            Parse(parts[1]).EnumerateObject().Select(claim => $"{claim.Name}={claim.Value}").Order(StringComparer.Ordinal));
    }

    private static Task<SigningKey> MakeAsync(SigningKeys keys) => keys.MakeAsync(TenantId.Parse("acme"), 1, TestContext.Current.CancellationToken);

    private static JsonElement Parse(string part) => JsonDocument.Parse(Base64Url.DecodeFromChars(part)).RootElement;
}
