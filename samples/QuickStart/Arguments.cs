using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace GrpcCreds.QuickStart;

/// <summary>The command-line arguments of the quick start.</summary>
internal sealed record Arguments
{
    public const string Usage = """
        dotnet run --project samples/QuickStart -- [--exit] [--grpc 127.0.0.1:5080] [--http 127.0.0.1:5081]

          --exit    end after the story, with exit code 0 if every step succeeded
          --grpc    where the service listens for gRPC (h2c), on loopback; port 0 selects a free port
          --http    where it serves /healthz/live and /healthz/ready, likewise on loopback
        """;

    public string Grpc { get; private init; } = "127.0.0.1:5080";

    public string Http { get; private init; } = "127.0.0.1:5081";

    public bool Exit { get; private init; }

    public bool Help { get; private init; }

    public static bool TryRead(string[] args, out Arguments arguments, [NotNullWhen(false)] out string? problem)
    {
        (arguments, problem) = (new(), null);
        for (var at = 0; at < args.Length && problem is null; at++)
        {
            switch (args[at])
            {
                case "--exit":
                    arguments = arguments with { Exit = true };
                    break;
                case "--help" or "-h":
                    arguments = arguments with { Help = true };
                    break;
                case "--grpc" when IsLoopback(args, at + 1):
                    arguments = arguments with { Grpc = Numeric(args[++at]) };
                    break;
                case "--http" when IsLoopback(args, at + 1):
                    arguments = arguments with { Http = Numeric(args[++at]) };
                    break;
                case "--grpc" or "--http":
                    problem = $"{args[at]} needs a loopback address and a port, as in {args[at]} 127.0.0.1:0.";
                    break;
                default:
                    problem = $"There is no option '{args[at]}'.\n\n{Usage}";
                    break;
            }
        }
        return problem is null;
    }

    private static bool IsLoopback(string[] args, int at) =>
        at < args.Length && IPEndPoint.TryParse(Numeric(args[at]), out var endpoint) && IPAddress.IsLoopback(endpoint.Address);

    private static string Numeric(string address) =>
        address.StartsWith("localhost:", StringComparison.OrdinalIgnoreCase) ? $"127.0.0.1{address["localhost".Length..]}" : address;
}
