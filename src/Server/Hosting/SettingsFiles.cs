using System.Text.Json;
using GrpcCreds.Server.Observability;
using Microsoft.Extensions.Configuration.Json;

namespace GrpcCreds.Server.Hosting;

/// <summary>
/// Reloads the JSON settings files within 2 s of a change, like all files that settings name. It compares the content, because the platform's change
/// notification misses a mounted ConfigMap: its files are symbolic links that remain while their target is replaced. Settings that are read while the service
/// runs take effect then.
/// </summary>
internal sealed partial class SettingsFiles : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly Dictionary<JsonConfigurationProvider, byte[]> seen;
    private readonly TimeProvider clock;
    private readonly BackgroundWork work;
    private readonly ILogger log;

    public SettingsFiles(IConfiguration configuration, TimeProvider clock, BackgroundWork work, ILogger<SettingsFiles> log)
    {
        (this.clock, this.work, this.log) = (clock, work, log);
        seen = ((IConfigurationRoot)configuration).Providers.OfType<JsonConfigurationProvider>().ToDictionary(file => file, Read);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => work.EveryAsync(nameof(SettingsFiles), Interval, clock, LookAsync, stoppingToken);

    private Task LookAsync(CancellationToken cancellationToken)
    {
        foreach (var file in seen.Keys)
            work.Try($"{nameof(SettingsFiles)}: a file", () => Look(file));
        return Task.CompletedTask;
    }

    private void Look(JsonConfigurationProvider file)
    {
        var content = Read(file);
        if (content.AsSpan().SequenceEqual(seen[file]))
            return;
        seen[file] = content;
        try
        {
            // Invalid JSON would leave the provider without any setting.
            new ConfigurationBuilder().AddJsonStream(new MemoryStream(content)).Build();
            file.Load();
            Log.Accepted(log, file.Source.Path);
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            Log.Refused(log, file.Source.Path, e.GetType().Name);
        }
    }

    // A file that is missing or cannot be read now counts as empty; it is checked again later.
    private static byte[] Read(JsonConfigurationProvider file)
    {
        try
        {
            var info = file.Source.FileProvider?.GetFileInfo(file.Source.Path ?? "");
            if (info is not { Exists: true })
                return [];
            using var stream = info.CreateReadStream();
            using var content = new MemoryStream();
            stream.CopyTo(content);
            return content.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static partial class Log
    {
        [LoggerMessage(150, LogLevel.Information, "Reloaded the settings in {File}")]
        public static partial void Accepted(ILogger logger, string? file);

        [LoggerMessage(151, LogLevel.Warning, "The settings in {File} cannot be read ({Why}); the previous settings remain in effect")]
        public static partial void Refused(ILogger logger, string? file, string why);
    }
}
