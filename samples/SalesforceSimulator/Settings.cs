namespace GrpcCreds.SalesforceSimulator;

/// <summary>The settings of a simulator that runs as a program: from the arguments, else the environment, else the defaults below.</summary>
internal static class Settings
{
    public const string Help = """
        A fake Salesforce for trials and tests. Its passwords are public and fake: never enter a real one.

          --ProductionPort 5090           --SandboxPort 5091        --ControlPort 5092      on 127.0.0.1; 0 selects a free port
          --ProductionMyDomainPort 5093   --SandboxMyDomainPort 5094                        the organizations' My Domains
          --ProductionInstanceUrl <url>   --SandboxInstanceUrl <url>                        base of the URLs in responses; default: as requested
          --SessionSecondsValid 7200      lifetime of a session
          --LockoutAfter 10               --LockoutMinutes 15                               number of wrong passwords that lock a user, and for how long
          --WithDefaultUsers true         --WithDefaultApp true
          --AutoApprove false             true: authorizations are approved automatically

        Each can also be given as an environment variable, as in SIMULATOR_ProductionPort=5090.

        """;

    private static readonly SimulatorOptions Defaults = new()
    {
        ProductionPort = 5090, SandboxPort = 5091, ControlPort = 5092, ProductionMyDomainPort = 5093, SandboxMyDomainPort = 5094,
    };

    /// <exception cref="ArgumentException">A setting is unknown or out of range.</exception>
    public static SimulatorOptions Read(string[] arguments)
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables("SIMULATOR_").AddCommandLine(arguments).Build();
        if (configuration.AsEnumerable().FirstOrDefault(setting => !Help.Contains($"--{setting.Key} ", StringComparison.OrdinalIgnoreCase)).Key is { } unknown)
            throw new ArgumentException($"there is no setting '{unknown}'");
        return Defaults with
        {
            ProductionPort = Read(configuration, nameof(SimulatorOptions.ProductionPort), Defaults.ProductionPort),
            SandboxPort = Read(configuration, nameof(SimulatorOptions.SandboxPort), Defaults.SandboxPort),
            ControlPort = Read(configuration, nameof(SimulatorOptions.ControlPort), Defaults.ControlPort),
            ProductionMyDomainPort = Read(configuration, nameof(SimulatorOptions.ProductionMyDomainPort), Defaults.ProductionMyDomainPort),
            SandboxMyDomainPort = Read(configuration, nameof(SimulatorOptions.SandboxMyDomainPort), Defaults.SandboxMyDomainPort),
            ProductionInstanceUrl = Read<Uri?>(configuration, nameof(SimulatorOptions.ProductionInstanceUrl), null),
            SandboxInstanceUrl = Read<Uri?>(configuration, nameof(SimulatorOptions.SandboxInstanceUrl), null),
            SessionSecondsValid = Read(configuration, nameof(SimulatorOptions.SessionSecondsValid), Defaults.SessionSecondsValid),
            LockoutAfter = Read(configuration, nameof(SimulatorOptions.LockoutAfter), Defaults.LockoutAfter),
            LockoutMinutes = Read(configuration, nameof(SimulatorOptions.LockoutMinutes), Defaults.LockoutMinutes),
            WithDefaultApp = Read(configuration, nameof(SimulatorOptions.WithDefaultApp), Defaults.WithDefaultApp),
            AutoApprove = Read(configuration, nameof(SimulatorOptions.AutoApprove), Defaults.AutoApprove),
            WithDefaultUsers = Read(configuration, nameof(SimulatorOptions.WithDefaultUsers), Defaults.WithDefaultUsers),
        };
    }

    private static T? Read<T>(IConfiguration configuration, string name, T? otherwise)
    {
        try
        {
            return configuration.GetValue(name, otherwise);
        }
        catch (InvalidOperationException)
        {
            var kind = typeof(T) == typeof(bool) ? "true or false" : typeof(T) == typeof(Uri) ? "a URL" : "a whole number";
            throw new ArgumentException($"{name} must be {kind}");
        }
    }
}
