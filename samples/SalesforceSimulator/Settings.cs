namespace GrpcCreds.SalesforceSimulator;

/// <summary>The settings of a simulator that runs alone: arguments, else environment, else what stands here.</summary>
internal static class Settings
{
    public const string Help = """
        A fake Salesforce for trying and testing. Its passwords are public and fake: never type a real one.

          --ProductionPort 5090           --SandboxPort 5091        --ControlPort 5092      on 127.0.0.1; 0 takes a free port
          --ProductionInstanceUrl <url>   --SandboxInstanceUrl <url>                        base of the URLs in answers; default: as asked for
          --SessionSecondsValid 7200      life of a session
          --LockoutAfter 10               --LockoutMinutes 15                               wrong passwords that lock a user, and for how long
          --WithDefaultUsers true         --WithDefaultApp true
          --AutoApprove false             true: authorizations are approved without asking

        Each can also be given as an environment variable, as in SIMULATOR_ProductionPort=5090.

        """;

    private static readonly SimulatorOptions Defaults = new() { ProductionPort = 5090, SandboxPort = 5091, ControlPort = 5092 };

    /// <exception cref="ArgumentException">A setting is unknown or out of range.</exception>
    public static SimulatorOptions Read(string[] arguments)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables("SIMULATOR_").AddCommandLine(arguments).Build();
        if (configuration.AsEnumerable().FirstOrDefault(setting => !Help.Contains($"--{setting.Key} ", StringComparison.OrdinalIgnoreCase)).Key is { } unknown)
            throw new ArgumentException($"there is no setting '{unknown}'");
        return Defaults with
        {
            ProductionPort = configuration.GetValue(nameof(SimulatorOptions.ProductionPort), Defaults.ProductionPort),
            SandboxPort = configuration.GetValue(nameof(SimulatorOptions.SandboxPort), Defaults.SandboxPort),
            ControlPort = configuration.GetValue(nameof(SimulatorOptions.ControlPort), Defaults.ControlPort),
            ProductionInstanceUrl = configuration.GetValue<Uri?>(nameof(SimulatorOptions.ProductionInstanceUrl)),
            SandboxInstanceUrl = configuration.GetValue<Uri?>(nameof(SimulatorOptions.SandboxInstanceUrl)),
            SessionSecondsValid = configuration.GetValue(nameof(SimulatorOptions.SessionSecondsValid), Defaults.SessionSecondsValid),
            LockoutAfter = configuration.GetValue(nameof(SimulatorOptions.LockoutAfter), Defaults.LockoutAfter),
            LockoutMinutes = configuration.GetValue(nameof(SimulatorOptions.LockoutMinutes), Defaults.LockoutMinutes),
            WithDefaultApp = configuration.GetValue(nameof(SimulatorOptions.WithDefaultApp), Defaults.WithDefaultApp),
            AutoApprove = configuration.GetValue(nameof(SimulatorOptions.AutoApprove), Defaults.AutoApprove),
            WithDefaultUsers = configuration.GetValue(nameof(SimulatorOptions.WithDefaultUsers), Defaults.WithDefaultUsers),
        };
    }
}
