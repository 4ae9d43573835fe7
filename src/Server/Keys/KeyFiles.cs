using System.Security.Cryptography;
using System.Text.RegularExpressions;
using GrpcCreds.Server.Configuration;

namespace GrpcCreds.Server.Keys;

/// <summary>
/// Keys as files of one directory: each is named by its key's id, with or without <c>.key</c>, and holds 32 random bytes in base64 (<c>openssl
/// rand -base64 32</c>). A mounted Kubernetes secret is such a directory too. <c>audit</c> is the audit key, every other one a master key.
/// </summary>
/// <remarks>Keys enter the service only here: a KMS that unwraps them would be called in <see cref="Read"/>.</remarks>
internal static partial class KeyFiles
{
    private const string Extension = ".key";
    private const UnixFileMode OwnerWrites = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads all keys of a directory by their ids, including the audit key.</summary>
    /// <exception cref="KeyException">A file is not a key, cannot be read, or can be read by others.</exception>
    public static IReadOnlyDictionary<string, byte[]> Read(string directory)
    {
        try
        {
            var keys = new Dictionary<string, byte[]>();
            foreach (var path in Directory.Exists(directory) ? Directory.GetFiles(directory) : [])
            {
                if (IdOf(path) is { } id && !keys.TryAdd(id, ReadKey(path)))
                    throw new KeyException($"key '{id}' is in '{directory}' twice, with and without {Extension}; remove one of the files");
            }
            return keys;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyException($"the key files in '{directory}' cannot be listed: {e.Message}");
        }
    }

    /// <summary>Creates the writing key and the audit key if they do not exist yet, directory 0700, files 0600.</summary>
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
            throw new KeyException($"no key file could be created in '{directory}': {e.Message}");
        }
    }

    /// <summary>What to do about a key that is needed and missing.</summary>
    public static KeyException Missing(string directory, string id, long records = 0) => new(
        $"key file '{Path.Combine(directory, id + Extension)}' is missing{(records > 0 ? $", and {records} records are still sealed with it" : "")}. "
        + "Restore it from your key backup; only for a new store or a new key, create one: "
        + "openssl rand -base64 32. Encryption:KeysDirectory and Encryption:WritingKey set the directory and the key");

    /// <summary>What to do about a key that differs from the one known under its id.</summary>
    public static KeyException Wrong(string directory, string id) => new(
        $"key file '{Path.Combine(directory, id + Extension)}' is not the key this store was sealed with; put the right one there. A new key needs "
        + "a name that no key had before");

    private static void CreateDirectory(string directory)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(directory);
        else if (!Directory.Exists(directory))
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    // Written completely or not at all, and never over an existing file: two concurrent first starts end with one key, and a kill leaves no broken key.
    private static void CreateIfMissing(string path)
    {
        if (File.Exists(path))
            return;
        var draft = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerWrites;
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

    // Hidden files and files with other extensions are ignored: Kubernetes' ..data, an editor's copy, a draft of this method.
    private static string? IdOf(string path)
    {
        var name = Path.GetFileName(path);
        var id = name.EndsWith(Extension, StringComparison.Ordinal) ? name[..^Extension.Length] : name;
        if (KeyId().IsMatch(id))
            return id;
        return id != name && !name.StartsWith('.')
            ? throw new KeyException($"key file '{path}' has an invalid name: 1 to 32 of a-z, 0-9 and '-' are allowed before {Extension}")
            : null;
    }

    private static byte[] ReadKey(string path)
    {
        try
        {
            var key = Convert.FromBase64String(System.Text.Encoding.UTF8.GetString(GuardedFile.ReadSecret(path)).Trim());
            return key.Length == KeyRing.KeySize ? key : throw NotAKey(path);
        }
        catch (FormatException)
        {
            throw NotAKey(path);
        }
        catch (GuardedFileException e)
        {
            throw new KeyException($"key file '{path}' {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyException($"key file '{path}' cannot be read: {e.Message}");
        }
    }

    private static KeyException NotAKey(string path) => new($"key file '{path}' is not a key: it must hold {KeyRing.KeySize} bytes in base64");

    [GeneratedRegex("^[a-z0-9-]{1,32}$")]
    private static partial Regex KeyId();
}
