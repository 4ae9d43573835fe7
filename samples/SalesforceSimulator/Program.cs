using System.Runtime.InteropServices;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>Runs the simulator as a program until Ctrl+C or SIGTERM.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        Console.WriteLine(Settings.Help);
        if (arguments.Contains("--help"))
            return 0;
        var stop = new TaskCompletionSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true));
        try
        {
            await using var simulator = await Simulator.StartAsync(Settings.Read(arguments) with { LoggerFactory = loggers });
            Console.WriteLine(Welcome(simulator));
            await stop.Task;
            return 0;
        }
        catch (Exception problem) when (problem is ArgumentException or InvalidOperationException or IOException)
        {
            await Console.Error.WriteLineAsync(problem.Message);
            return 1;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.TrySetResult();
        }
    }

    private static string Welcome(Simulator simulator) => $"""
        production  {simulator.Production}  {Describe(DefaultUsers.Production)}
        sandbox     {simulator.Sandbox}  {Describe(DefaultUsers.Sandbox)}
        My Domain   {simulator.ProductionMyDomain} (production)  {simulator.SandboxMyDomain} (sandbox)
        app         {Describe(DefaultApps.Demo)}
        control     {simulator.Control}  (GET lists its routes)
        """;

    // Fixed values that are public and of no other use: the only secrets that are ever printed.
    private static string Describe(SimulatedUser user) =>
        $"username {user.Username}  password {user.Password}  security token {(user.SecurityToken is "" ? "(none)" : user.SecurityToken)}";

    private static string Describe(ConnectedApp app) =>
        $"consumer key {app.ConsumerKey}  consumer secret {app.ConsumerSecret}  callback {string.Join(" or ", app.CallbackUrls)}";
}
