using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;
using Xunit;

namespace GrpcCreds.Tests.Support;

/// <summary>A deployment's keys, read as its servers read them.</summary>
internal static class KeyRings
{
    public static KeyRing Read(string directory, StoreMeta meta)
    {
        var keys = KeyFiles.Read(directory).ToDictionary();
        Assert.True(keys.Remove(KeyRing.AuditKeyId, out var auditKey), "the audit key is there");
        return new(keys, meta.Sealing[0], auditKey);
    }

    /// <summary>A key file that is there whole or not at all.</summary>
    public static void Write(string path, string content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var draft = path + ".new";
        File.WriteAllText(draft, content);
        SetMode(draft, mode);
        File.Move(draft, path, overwrite: true);
    }

    /// <summary>The mode that was set, or that of a new file where there are no modes.</summary>
    public static UnixFileMode ModeOf(string path) => OperatingSystem.IsWindows() ? UnixFileMode.UserRead : File.GetUnixFileMode(path);

    public static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }
}
