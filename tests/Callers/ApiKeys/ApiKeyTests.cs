using System.Text.Json;
using GrpcCreds.Server.Callers.ApiKeys;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Callers.ApiKeys;

public sealed class ApiKeyTests
{
    [Fact]
    public async Task A_good_key_is_its_callers_and_a_bad_one_nobodys()
    {
        await using var world = await CallersWorld.StartAsync();
        var key = world.ApiKey;
        Assert.Equal(Availability.NotConfigured, (await world.WithHeader($"Bearer {key}").StatusAsync()).Availability);

        var other = key[^1] == '0' ? '1' : '0';
        await world.IsNobodyAsync(world.WithHeader($"Bearer {key[..^1]}{other}"), $"no caller has the API key with id {key[4..16]}");
        await world.IsNobodyAsync(world.WithHeader($"Bearer {key[..4]}{new string(other, 12)}{key[16..]}"), "no caller has the API key");
        string[] malformed = [key[..^1], key + "0", key + "_", key.ToUpperInvariant().Replace("GCK", "gck", StringComparison.Ordinal),
            "gck_", "gck__", key.Replace('_', '-')[..4].Replace('-', '_') + key[5..], $"gck_{key}"];
        foreach (var bad in malformed)
            await world.IsNobodyAsync(world.WithHeader($"Bearer {bad}"), "the API key is malformed");
        // The hash in the table is no key.
        await world.IsNobodyAsync(world.WithHeader(
            $"Bearer {key[..17]}{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(key)))}"),
            "no caller");
        Assert.All(world.Service.Logs.GetSnapshot(), record => Assert.DoesNotContain(key[17..], record.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_from_the_command_fits_the_table()
    {
        await using var made = ConsoleProcess.StartDotnet("GrpcCreds.Server.dll", ["new-api-key"]);
        var (exitCode, output) = await made.EndAsync();
        Assert.Equal(0, exitCode);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var entry = JsonDocument.Parse(lines[^1]).RootElement;
        Assert.True(ApiKey.TryParse(lines[1].Trim(), out var id, out var sha256));
        Assert.Equal((entry.GetProperty("id").GetString(), entry.GetProperty("sha256").GetString()), (id, Convert.ToHexStringLower(sha256)));
    }
}
