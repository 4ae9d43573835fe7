using System.Text.Json;
using System.Text.Json.Serialization;

namespace GrpcCreds.Cli.Connection;

/// <summary>The contexts file in the user's configuration directory. Only the user can read it.</summary>
internal static class ContextStore
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary><c>GRPCCREDS_CONFIG</c>, else <c>grpccreds/contexts.json</c> in <c>XDG_CONFIG_HOME</c>, <c>~/.config</c> or <c>%APPDATA%</c>.</summary>
    public static string Path =>
        Environment.GetEnvironmentVariable("GRPCCREDS_CONFIG") is { Length: > 0 } path
            ? path
            : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "grpccreds", "contexts.json");

    /// <exception cref="CommandFailedException">The file cannot be read.</exception>
    public static ContextsFile Read()
    {
        if (!File.Exists(Path))
            return new();
        try
        {
            return JsonSerializer.Deserialize<ContextsFile>(File.ReadAllText(Path), Json) ?? new();
        }
        catch (JsonException e)
        {
            throw new CommandFailedException(Exit.Usage, $"{Path} is not a contexts file: line {e.LineNumber + 1} cannot be read. Correct or remove it.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(Exit.Usage, $"{Path} cannot be read: {e.Message}");
        }
    }

    /// <summary>Replaces the file in one step, so that a crash leaves the old one.</summary>
    public static void Write(ContextsFile contexts)
    {
        var path = System.IO.Path.GetFullPath(Path);
        var temporary = $"{path}.{Environment.ProcessId}.new";
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var file = new FileStream(temporary, options))
                JsonSerializer.Serialize(file, contexts, Json);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(Exit.Usage, $"{path} cannot be written: {e.Message}");
        }
    }
}
