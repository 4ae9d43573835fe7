namespace GrpcCreds.Bench.Peers;

/// <summary>Programs that the bench can use but does not need.</summary>
internal static class Programs
{
    public static string? Etcd => Find("etcd");

    public static string? Redis => Find("redis-server");

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
