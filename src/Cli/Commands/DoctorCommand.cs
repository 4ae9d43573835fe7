using GrpcCreds.Cli.Output;
namespace GrpcCreds.Cli.Commands;
internal static class DoctorCommand
{
    public static CliCommand Create(Terminal terminal) => new CliCommand("doctor", "x").Runs(terminal, _ => Task.FromResult(0));
}
