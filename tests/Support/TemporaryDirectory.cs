namespace GrpcCreds.Tests.Support;

/// <summary>A directory of its own for one test, removed afterwards.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("grpccreds-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
