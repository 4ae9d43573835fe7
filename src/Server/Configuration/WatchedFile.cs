namespace GrpcCreds.Server.Configuration;

/// <summary>A file that a setting names.</summary>
internal sealed record WatchedFile(string Setting, string Path, bool IsSecret = false)
{
    /// <exception cref="FileException">Others have access to it that they must not have.</exception>
    public byte[] Read()
    {
        try
        {
            return IsSecret ? GuardedFile.ReadSecret(Path) : GuardedFile.ReadTrusted(Path);
        }
        catch (GuardedFileException e)
        {
            throw new FileException($"{this} {e.Message}");
        }
    }

    public override string ToString() => $"{Setting} '{Path}'";
}
