namespace GrpcCreds.Server.Configuration;

/// <summary>
/// Reads a file that a setting names, and rejects it if its mode gives others access they must not have: reading or writing a secret, or writing a
/// file that defines who is trusted. One rule for keys, the TLS key, passwords and the app's secret, and one for the table of callers, certificates
/// and public keys.
/// </summary>
internal static class GuardedFile
{
    private const UnixFileMode OwnerReads = UnixFileMode.UserRead;
    private const UnixFileMode OwnerWrites = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Reads a file that only the service may read.</summary>
    /// <exception cref="GuardedFileException">Others can read or write it.</exception>
    /// <exception cref="IOException">It cannot be read; likewise <see cref="UnauthorizedAccessException"/>.</exception>
    public static byte[] ReadSecret(string path) => Read(
        path, IsPrivate, "can be read or written by others; restrict it to the service's user: chmod 600 (in a Kubernetes volume defaultMode: 0400)");

    /// <summary>Reads a file that anyone may read and only its owner may write.</summary>
    /// <inheritdoc cref="ReadSecret"/>
    public static byte[] ReadTrusted(string path) => Read(
        path, mode => (mode & OthersWrite) == 0, "can be written by others; allow that only to its owner: chmod go-w");

    // Mode and content belong to the same open file, whatever links lead to it: in a Kubernetes volume every name is a link.
    private static byte[] Read(string path, Func<UnixFileMode, bool> isGuarded, string problem)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (!OperatingSystem.IsWindows() && !isGuarded(File.GetUnixFileMode(file.SafeFileHandle)))
            throw new GuardedFileException(problem);
        using var content = new MemoryStream();
        file.CopyTo(content);
        return content.ToArray();
    }

    // 0440 is what Kubernetes makes of 0400 with fsGroup: a file owned by root, readable by the pod's own group.
    private static bool IsPrivate(UnixFileMode mode) => (mode & ~OwnerWrites) == 0 || mode == (OwnerReads | UnixFileMode.GroupRead);
}
