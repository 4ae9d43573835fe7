namespace GrpcCreds.Bench;

/// <summary>What the bench was asked to do.</summary>
internal sealed record Options(bool Quick, string? Only, string? Peers, string? Json)
{
    public const string Help = """
        Measures GrpcCreds beside etcd and a bare gRPC server, and prints one table. It needs Linux; without redis-server or etcd their columns are empty.

          --only NAME   only the rows whose name begins with NAME
          --peers NAME  only the servers whose name begins with NAME: to profile one of them
          --quick       a tenth of the nodes and tenants, and fewer turns: to try the bench, not to quote it
          --json FILE   also writes the figures to a file
        """;

    /// <returns>Null if an argument is not an option.</returns>
    public static Options? Parse(string[] arguments)
    {
        var options = new Options(false, null, null, null);
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--quick")
                options = options with { Quick = true };
            else if (i + 1 < arguments.Length && arguments[i] == "--only")
                options = options with { Only = arguments[++i] };
            else if (i + 1 < arguments.Length && arguments[i] == "--peers")
                options = options with { Peers = arguments[++i] };
            else if (i + 1 < arguments.Length && arguments[i] == "--json")
                options = options with { Json = arguments[++i] };
            else
                return null;
        }
        return options;
    }
}
