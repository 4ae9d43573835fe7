using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Server.Salesforce.Dialogues;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GrpcCreds.Tests.House;

/// <summary>A mode is one entry in each of four places, and code of its own; nothing else tells modes apart.</summary>
public sealed class ModesTests
{
    private static readonly string[] Owners = ["Password", "OAuth", "ClientCredential", "JwtBearer", "Rotation", "Setup", "Login", "Soap", "Account"];

    // The entries: the record's slots, the commands, the texts of what is missing; the calls; the test of a grant; what older records do not name.
    private static readonly string[] Entries =
        ["TenantRecord.cs", "Command.cs", "TestRules.cs", "SyncCredentialsGrpcService.cs", "Rights.cs", "AccessTest.cs", "RetiringGrant.cs"];

    [Fact]
    public async Task Every_mode_has_a_dialogue_a_test_a_view_and_a_place_in_the_record()
    {
        await using var service = await Service.StartAsync();
        Assert.Equal(Modes.All, service.Services.GetServices<IModeSessions>().Select(mode => mode.Mode).Order());
        Assert.Equal(Modes.All, service.Services.GetServices<IModeTest>().Select(mode => mode.Mode).Order());
        Assert.Equal(Modes.All, ModeViews.All.Select(view => view.Mode));
        var record = new TenantRecord { Tenant = Server.Values.TenantId.Parse("acme") };
        Assert.All(Modes.Places, place => Assert.Null(record.With(place.Mode, place.Slot, null)[place.Mode, place.Slot]));
    }

    [Fact]
    public void Nothing_else_asks_which_mode_it_is() => Assert.Empty(
        from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "Server"), "*.cs", SearchOption.AllDirectories)
        let name = Path.GetFileName(file)
        where !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
        where !Owners.Any(owner => name.Contains(owner, StringComparison.Ordinal)) && !Entries.Contains(name)
        from line in File.ReadLines(file)
        where Modes.All.Select(mode => $"Mode.{mode}")
            .Concat(["is PasswordCredential", "is OAuthCredential", "is ClientCredential", "is JwtBearerCredential"])
            .Any(word => line.Contains(word, StringComparison.Ordinal))
        select $"{name}: {line.Trim()}");
}
