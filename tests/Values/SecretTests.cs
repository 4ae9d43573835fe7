using System.Text.Json;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Xunit;

namespace GrpcCreds.Tests.Values;

public sealed class SecretTests
{
    [Fact]
    public void A_secret_shows_nothing_however_it_is_printed()
    {
        var credential = new PasswordCredential
        {
            CredentialId = 1, Username = "ann", Password = new("s3cret"), SecurityToken = new("t0ken"), UseSandbox = false, SetTime = default, SetBy = "test",
        };
        var command = new Command.SetPassword { By = "test", RequestId = Guid.Empty, TestFirst = true, Password = new("s3cret"), SecurityToken = new("t0ken") };
        string[] printed = [credential.ToString(), command.ToString(), $"{credential.Password}",
            JsonSerializer.Serialize(credential), JsonSerializer.Serialize(command)];
        Assert.All(printed, text =>
        {
            Assert.DoesNotContain("s3cret", text, StringComparison.Ordinal);
            Assert.DoesNotContain("t0ken", text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Equal_secrets_are_equal()
    {
        Assert.Equal(new Secret("a"), new Secret("a"));
        Assert.NotEqual(new Secret("a"), new Secret("b"));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("acme-eu-1", true)]
    [InlineData("0", true)]
    [InlineData("", false)]
    [InlineData("-a", false)]
    [InlineData("a-", false)]
    [InlineData("Acme", false)]
    [InlineData("a.b", false)]
    [InlineData("a\n", false)]
    [InlineData("{a}", false)]
    [InlineData("a:b", false)]
    [InlineData("а", false)] // Cyrillic
    public void A_tenant_id_is_parsed_or_refused_and_never_changed(string text, bool good)
    {
        Assert.Equal(good, TenantId.TryParse(text, out var tenant));
        if (good)
            Assert.Equal(text, tenant.ToString());
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void A_tenant_id_has_at_most_63_characters(int length, bool good) => Assert.Equal(good, TenantId.TryParse(new string('a', length), out _));
}
