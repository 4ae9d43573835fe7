using System.Security.Cryptography;

namespace GrpcCreds.Server.Encryption;

/// <summary>
/// Keys as files: <c>&lt;id&gt;.key</c>, 32 random bytes in base64 (<c>openssl rand -base64 32</c>). <c>audit.key</c> is the audit key,
/// every other one a master key.
/// </summary>
internal static class KeyFiles
{
    private const string Extension = ".key";

    /// <summary>Reads all keys of a directory.</summary>
    /// <exception cref="KeyException">A needed key is missing, or a file is not a key.</exception>
    public static KeyRing Load(string directory, string writingKeyId)
    {
        var keys = Directory.Exists(directory)
            ? Directory.EnumerateFiles(directory, "*" + Extension).ToDictionary(file => Path.GetFileNameWithoutExtension(file), Read)
            : [];
        if (!keys.ContainsKey(writingKeyId))
            throw Missing(directory, writingKeyId);
        return keys.Remove(KeyRing.AuditKeyId, out var auditKey)
            ? new KeyRing(keys, writingKeyId, auditKey)
            : throw Missing(directory, KeyRing.AuditKeyId);
    }

    /// <summary>Makes the writing key and the audit key where they do not exist yet, directory 0700, files 0600.</summary>
    public static void CreateMissing(string directory, string writingKeyId)
    {
        try
        {
            CreateDirectory(directory);
            foreach (var id in new[] { writingKeyId, KeyRing.AuditKeyId })
                CreateIfMissing(Path.Combine(directory, id + Extension));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyException($"no key file could be made in '{directory}': {e.Message}");
        }
    }

    /// <summary>What to do about a key that is needed and not there.</summary>
    public static KeyException Missing(string directory, string id) => new(
        $"key file '{Path.Combine(directory, id + Extension)}' is missing. Put it back from where you keep your keys; only for a new store, make one: "
        + "openssl rand -base64 32. Encryption:KeysDirectory and Encryption:WritingKey say where and which");

    private static void CreateDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(directory);
        else if (!Directory.Exists(directory))
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    // Whole or not at all, and never over an existing one: two first starts at once end with one key, and a kill leaves none or a good one.
    private static void CreateIfMissing(string path)
    {
        if (File.Exists(path))
            return;
        var draft = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(draft, options))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyRing.KeySize)) + "\n"));
            file.Flush(flushToDisk: true);
        }
        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
        }
    }

    private static byte[] Read(string path)
    {
        try
        {
            var key = Convert.FromBase64String(File.ReadAllText(path).Trim());
            return key.Length == KeyRing.KeySize ? key : throw NotAKey(path);
        }
        catch (FormatException)
        {
            throw NotAKey(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyException($"key file '{path}' cannot be read: {e.Message}");
        }
    }

    private static KeyException NotAKey(string path) => new($"key file '{path}' is not a key: it must hold {KeyRing.KeySize} bytes in base64");
}

/// <summary>A key is missing, unreadable or the wrong one; the text says which and what to do, and never its value.</summary>
internal sealed class KeyException(string message) : Exception(message);
