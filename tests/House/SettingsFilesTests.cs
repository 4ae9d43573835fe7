using System.Runtime.InteropServices;
using GrpcCreds.Server.Keys;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.House;

/// <summary>
/// The settings' file as Kubernetes mounts a ConfigMap: a link to a file in a directory that is itself a link, and only that one is
/// exchanged.
/// </summary>
public sealed partial class SettingsFilesTests : IDisposable
{
    private readonly TemporaryDirectory mount = new();
    private int version;

    public void Dispose() => mount.Dispose();

    [Fact]
    public async Task A_ConfigMap_that_was_exchanged_is_read_and_what_is_no_JSON_leaves_the_settings_as_they_were()
    {
        Exchange("""{"Encryption": {"WritingKey": "main"}}""");
        File.CreateSymbolicLink(Path.Combine(mount.Path, "appsettings.json"), Path.Combine("..data", "appsettings.json"));
        await using var service = await Service.StartAsync(settings: [$"contentRoot={mount.Path}", "Clock:Adjustable=true"]);
        var options = service.Services.GetRequiredService<IOptionsMonitor<EncryptionOptions>>();
        Assert.Equal("main", options.CurrentValue.WritingKey);

        Exchange("""{"Encryption": {"WritingKey": "next"}}""");
        await service.AdvanceAsync("00:00:03");
        await Waiting.UntilAsync(() => options.CurrentValue.WritingKey == "next", "the settings are read again");

        Exchange("""{"Encryption": {"Writing""");
        await service.AdvanceAsync("00:00:03");
        await Waiting.UntilAsync(() => service.Logs.GetSnapshot().Any(record => record.Id.Id == 151), "the log says that they cannot be read");
        Assert.Equal("next", options.CurrentValue.WritingKey);

        Exchange("""{"Encryption": {"WritingKey": "last"}}""");
        await service.AdvanceAsync("00:00:03");
        await Waiting.UntilAsync(() => options.CurrentValue.WritingKey == "last", "the settings are read again");
    }

    private void Exchange(string content)
    {
        var directory = Directory.CreateDirectory(Path.Combine(mount.Path, $"..{++version}"));
        File.WriteAllText(Path.Combine(directory.FullName, "appsettings.json"), content);
        var link = Path.Combine(mount.Path, "..data");
        File.CreateSymbolicLink(link + ".new", directory.Name);
        Assert.Equal(0, Rename(link + ".new", link));
    }

    // The platform's own follows the link.
    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string from, string to);
}
