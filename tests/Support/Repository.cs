using System.Runtime.CompilerServices;

namespace GrpcCreds.Tests;

/// <summary>Where the sources of this test run are.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find([CallerFilePath] string thisFile = "")
    {
        for (var directory = new FileInfo(thisFile).Directory; directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "GrpcCreds.sln")))
                return directory.FullName;
        }
        throw new DirectoryNotFoundException("the tests read the repository they were built from");
    }
}
