using System.Text.Json;
using GrpcCreds.Bench;
using GrpcCreds.Bench.Peers;
using GrpcCreds.Bench.Rows;
using GrpcCreds.Bench.Work;
using GrpcCreds.SalesforceSimulator;

if (args is [BareServer.Command, .. var rest])
{
    await BareServer.RunAsync(rest);
    return 0;
}
if (Options.Parse(args) is not { } options || !OperatingSystem.IsLinux())
{
    Console.WriteLine(Options.Help);
    return 1;
}

(string[] Names, Func<Lab, Task<IReadOnlyList<Line>>> Run)[] rows =
[
    (["delivery-cpu", "delivery-last"], Deliveries.RunAsync),
    (["delivery-reported"], Deliveries.ReportedAsync),
    (["memory"], Memory.RunAsync),
    (["writes", "write-cpu"], Calls.WritesAsync),
    (["reads", "read-cpu"], Calls.ReadsAsync),
    (["reconnect"], Reconnects.RunAsync),
    (["tenants-restart", "tenants-memory", "tenants-idle", "other-tenants"], ManyTenants.RunAsync),
    (["rollout", "rollout-none"], Rollouts.RunAsync),
    (["renewals", "renewals-time"], Renewals.RunAsync),
    (["start"], Starts.RunAsync),
];
var asked = rows.Where(row => options.Only is null || row.Names.Any(name => name.StartsWith(options.Only, StringComparison.Ordinal))).ToList();
if (asked.Count == 0)
{
    Console.WriteLine($"There is no such row. Rows: {string.Join(", ", rows.SelectMany(row => row.Names))}");
    return 1;
}
if (Programs.Redis is null)
    Console.Error.WriteLine("redis-server is missing (apt install redis-server): its columns stay empty");
if (Programs.Etcd is null)
    Console.Error.WriteLine("etcd is missing (apt install etcd-server): its column stays empty");

var folder = Directory.CreateTempSubdirectory("grpccreds-bench-").FullName;
try
{
    Console.Error.WriteLine("publishing the service");
    var program = await Published.MakeAsync(Path.Combine(folder, "published"));
    await using var simulator = await Simulator.StartAsync(new SimulatorOptions());
    var lab = new Lab(folder, program, simulator, options.Quick, options.Peers);
    var lines = new List<Line>();
    var failed = false;
    foreach (var (names, run) in asked)
    {
        Console.Error.WriteLine($"measuring {string.Join(", ", names)}");
        try
        {
            lines.AddRange(await run(lab));
        }
        catch (Exception exception)
        {
            // The other rows are still measured.
            failed = true;
            Console.Error.WriteLine($"{string.Join(", ", names)} failed: {exception}");
        }
    }
    Console.WriteLine($"{Machine.Description}{(options.Quick ? "; quick: not to quote" : "")}\n\n{Table.Of(lines)}");
    if (options.Json is not null)
    {
        var figures = new { Machine = Machine.Description, options.Quick, Lines = lines };
        await File.WriteAllTextAsync(options.Json, JsonSerializer.Serialize(figures, Json.Indented));
    }
    return failed ? 1 : 0;
}
finally
{
    Directory.Delete(folder, recursive: true);
}

/// <summary>How figures are written to a file.</summary>
internal static class Json
{
    public static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IncludeFields = true };
}
