namespace GrpcCreds.Server.Configuration;

/// <summary>
/// Reads a file that a setting names, and refuses it if its mode lets others do what they must not: read or write a secret; write what says who is trusted.
/// One rule for keys, the TLS key, passwords and the app's secret, and one for the table of callers, certificates and public keys.
/// </summary>
internal static class GuardedFile
{
    private const UnixFileMode OwnerReads = UnixFileMode.UserRead;
    private const UnixFileMode OwnerWrites = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Reads a file that nobody but the service may read.</summary>
    /// <exception cref="GuardedFileException">Others can read or write it.</exception>
    /// <exception cref="IOException">It cannot be read; likewise <see cref="UnauthorizedAccessException"/>.</exception>
    public static byte[] ReadSecret(string path) => Read(
        path, IsPrivate, "can be read or written by others; make it the service's own: chmod 600 (in a Kubernetes volume defaultMode: 0400)");

    /// <summary>Reads a file that anybody may read and nobody else may write.</summary>
    /// <inheritdoc cref="ReadSecret"/>
    public static byte[] ReadTrusted(string path) => Read(path, mode => (mode & OthersWrite) == 0, "can be written by others; allow that to its owner alone: chmod go-w");

    // Mode and content are those of one open file, whatever links lead to it: in a Kubernetes volume every name is a link.
    private static byte[] Read(string path, Func<UnixFileMode, bool> isGuarded, string problem)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (!OperatingSystem.IsWindows() && !isGuarded(File.GetUnixFileMode(file.SafeFileHandle)))
            throw new GuardedFileException(problem);
        using var content = new MemoryStream();
        file.CopyTo(content);
        return content.ToArray();
    }

    // 0440 is what Kubernetes makes of 0400 with fsGroup: root's file, for a group of the pod's own.
    private static bool IsPrivate(UnixFileMode mode) => (mode & ~OwnerWrites) == 0 || mode == (OwnerReads | UnixFileMode.GroupRead);
}
