using System.Diagnostics;
using System.Threading.Channels;
using GrpcCreds.SalesforceSimulator;
using Xunit;

namespace GrpcCreds.Tests.Support;

/// <summary>
/// The service as a process of its own, which can be killed, stopped and started again: on the same ports, with the same settings.
/// </summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private const string Listening = "Now listening on: ";

    private static readonly HttpClient Requests = new();

    private readonly string assembly;
    private readonly List<string> settings;
    private readonly IReadOnlyDictionary<string, string> environment;
    private readonly List<string> output = [];
    private Process? process;

    private ServiceProcess(string assembly, IEnumerable<string> settings, IReadOnlyDictionary<string, string>? environment)
    {
        this.assembly = assembly;
        this.settings = [.. settings];
        this.environment = environment ?? new Dictionary<string, string>();
    }

    public Uri Grpc { get; private set; } = new("http://127.0.0.1:0");

    public Uri Http { get; private set; } = new("http://127.0.0.1:0");

    public int Id => process!.Id;

    /// <summary>All lines printed so far, by every process this has been.</summary>
    public IReadOnlyList<string> Output
    {
        get
        {
            lock (output)
                return [.. output];
        }
    }

    /// <param name="simulator">Salesforce.</param>
    /// <param name="dataDirectory">Data and keys.</param>
    /// <param name="settings">As <c>Section:Name=value</c>.</param>
    /// <param name="assembly">Which program, in the tests' output folder.</param>
    /// <param name="environment">Variables for the process.</param>
    public static async Task<ServiceProcess> StartAsync(
        Simulator simulator,
        string dataDirectory,
        IEnumerable<string>? settings = null,
        string assembly = "GrpcCreds.Server.dll",
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var service = new ServiceProcess(
            assembly,
            [
                $"Store:DataDirectory={dataDirectory}",
                $"Salesforce:Production:ApiBaseUrl={simulator.Production}",
                $"Salesforce:Sandbox:ApiBaseUrl={simulator.Sandbox}",
                .. settings ?? [],
            ],
            environment);
        await service.StartAsync();
        return service;
    }

    /// <summary>Runs a process that is not expected to start, to its end.</summary>
    /// <param name="settings">As <c>Section:Name=value</c>.</param>
    /// <param name="environment">Variables for the process.</param>
    public static async Task<(int ExitCode, string Output)> RunAsync(IEnumerable<string> settings, IReadOnlyDictionary<string, string>? environment = null)
    {
        await using var service = new ServiceProcess("GrpcCreds.Server.dll", settings, environment);
        service.Start(Channel.CreateUnbounded<Uri>());
        var code = await service.ExitedAsync();
        return (code, string.Join('\n', service.Output));
    }

    /// <summary>Starts the process, again after a kill, and waits until it listens.</summary>
    public async Task StartAsync()
    {
        var addresses = Channel.CreateUnbounded<Uri>();
        Start(addresses);
        try
        {
            using var patience = new CancellationTokenSource(Waiting.Long);
            Grpc = await addresses.Reader.ReadAsync(patience.Token);
            Http = await addresses.Reader.ReadAsync(patience.Token);
        }
        catch (ChannelClosedException)
        {
            Assert.Fail("the service did not start:\n" + string.Join('\n', Output.TakeLast(30)));
        }
    }

    /// <summary>Makes its clock jump ahead; needs the setting Clock:Adjustable.</summary>
    public Task AdvanceAsync(string by) => ClockAsync($"advance={by}");

    /// <summary>Sets its time of day ahead while no time passes; needs the setting Clock:Adjustable.</summary>
    public Task StepAsync(string by) => ClockAsync($"step={by}");

    /// <summary>kill -9, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        process!.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
        process = null;
    }

    /// <summary>Starts a process that may be stopped before it listens, and does not wait until it does.</summary>
    public static ServiceProcess Begin(IEnumerable<string> settings)
    {
        var service = new ServiceProcess("GrpcCreds.Server.dll", settings, null);
        service.Start(Channel.CreateUnbounded<Uri>());
        return service;
    }

    /// <summary>Asks it to stop, and waits for its exit code.</summary>
    public Task<int> StopAsync(int signal = Signals.Terminate)
    {
        Signals.Send(Id, signal);
        return ExitedAsync();
    }

    /// <summary>Waits until it exits on its own.</summary>
    public async Task<int> ExitedAsync()
    {
        await process!.WaitForExitAsync(CancellationToken.None).WaitAsync(Waiting.Long);
        var code = process.ExitCode;
        process.Dispose();
        process = null;
        return code;
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
            await KillAsync();
    }

    private async Task ClockAsync(string command)
    {
        using var response = await Requests.PostAsync(new Uri(Http, $"/development/clock?{command}"), null);
        response.EnsureSuccessStatusCode();
    }

    private void Start(Channel<Uri> addresses)
    {
        var arguments = settings.Prepend($"Listen:Grpc={Grpc.Authority}").Prepend($"Listen:Http={Http.Authority}").Select(setting => "--" + setting);
        var start = Signals.Unignored("dotnet", [Path.Combine(AppContext.BaseDirectory, assembly), .. arguments]);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        // Elsewhere it refuses to start without this. Here it is not needed, and a killed process leaves no socket behind.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Take(line.Data, addresses);
        process.ErrorDataReceived += (_, line) => Take(line.Data, addresses);
        process.Exited += (_, _) => addresses.Writer.TryComplete();
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private void Take(string? line, Channel<Uri> addresses)
    {
        if (line is null)
            return;
        lock (output)
            output.Add(line);
        if (line.IndexOf(Listening, StringComparison.Ordinal) is >= 0 and var at)
            addresses.Writer.TryWrite(new Uri(line[(at + Listening.Length)..]));
    }
}
