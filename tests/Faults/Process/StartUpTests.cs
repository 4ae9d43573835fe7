using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Faults.Process;

/// <summary>Faults that keep the service from starting: exit code 1, and one sentence that says what to fix.</summary>
[Collection(OneAtATime.Name)]
public sealed class StartUpTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    private static Dictionary<string, string> Production => new() { ["DOTNET_ENVIRONMENT"] = "Production" };

    private string Keys => Path.Combine(directory.Path, "keys");

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData("Production")]
    [InlineData("Staging")]
    public Task Anywhere_but_in_Development_it_does_not_start_without_callers(string environment) =>
        RefusesAsync($"Callers:File is not set: without a caller table the service runs only in Development (the environment is '{environment}')", [],
            new() { ["DOTNET_ENVIRONMENT"] = environment });

    [Theory]
    [InlineData("Tls:CertificateFile and Tls:KeyFile are not set")]
    [InlineData("Tls:KeyFile is not set", "Tls:CertificateFile=service.pem")]
    [InlineData("Tls:CertificateFile is not set", "Tls:KeyFile=service.key")]
    [InlineData("Tls:EndsBeforeService must not be set together with", "Tls:CertificateFile=service.pem", "Tls:KeyFile=service.key",
        "Tls:EndsBeforeService=true")]
    [InlineData("client certificates (Callers:Certificates:AuthoritiesFile) need TLS", "Tls:EndsBeforeService=true",
        "Callers:Certificates:AuthoritiesFile=ca.pem")]
    [InlineData("Callers:Certificates:AuthoritiesFile is not set", "Tls:EndsBeforeService=true", "Callers:Certificates:TrustDomain=example.org")]
    [InlineData("Callers:Certificates:TrustDomain must be", "Tls:EndsBeforeService=true", "Callers:Certificates:TrustDomain=Example.org")]
    [InlineData("Callers:Jwt:Audience is not set", "Tls:EndsBeforeService=true", "Callers:Jwt:Issuer=https://issuer.test")]
    [InlineData("Callers:Jwt:Issuer is not set", "Tls:EndsBeforeService=true", "Callers:Jwt:Audience=grpccreds")]
    [InlineData("Callers:Jwt:KeysFile is not set", "Tls:EndsBeforeService=true", "Callers:Jwt:Issuer=http://issuer.test", "Callers:Jwt:Audience=grpccreds")]
    [InlineData("Callers:Jwt:KeysFile 'nowhere' cannot be read", "Tls:EndsBeforeService=true",
        "Callers:Jwt:Issuer=x", "Callers:Jwt:Audience=x", "Callers:Jwt:KeysFile=nowhere")]
    [InlineData("Tls:CertificateFile 'nowhere' or Tls:KeyFile 'nowhere' cannot be read", "Tls:CertificateFile=nowhere", "Tls:KeyFile=nowhere")]
    [InlineData("main.key' is missing", "Tls:EndsBeforeService=true")]
    public Task In_production_what_is_missing_is_named(string text, params string[] settings) =>
        RefusesAsync(text, [$"Callers:File={CallerFile()}", .. settings], Production);

    [Fact]
    public Task A_table_that_cannot_be_used_is_named_at_the_start() =>
        RefusesAsync($"Callers:File '{CallerFile("{}")}' cannot be used: it is not valid JSON of a caller table",
            [$"Callers:File={CallerFile("{}")}", "Tls:EndsBeforeService=true"], Production);

    [Fact]
    public Task Without_TLS_a_service_that_asks_who_calls_stays_on_loopback() =>
        RefusesAsync("Listen:Grpc must be a loopback address (127.0.0.1 or [::1]) as long as Tls:CertificateFile is not set",
            [$"Callers:File={CallerFile()}", "Listen:Grpc=0.0.0.0:0"]);

    [Fact]
    public async Task In_production_with_callers_keys_and_TLS_it_listens_beyond_loopback()
    {
        await RunOnceAsync();
        await using var simulator = await Simulator.StartAsync();
        // Twice a setting: the later one counts.
        await using var service = await ServiceProcess.StartAsync(
            simulator, directory.Path, [$"Callers:File={CallerFile()}", "Tls:EndsBeforeService=true", "Listen:Grpc=0.0.0.0:0", "Listen:Http=0.0.0.0:0"],
            environment: Production);
        Assert.Equal(2, service.Output.Count(line => line.Contains("Now listening on: http://0.0.0.0:", StringComparison.Ordinal)));
        Assert.DoesNotContain(service.Output, line => line.Contains("AUTHENTICATION IS OFF", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Listen:Grpc=0.0.0.0:0", "Listen:Grpc must be a loopback address")]
    [InlineData("Listen:Http=[::]:0", "Listen:Http must be a loopback address")]
    [InlineData("Listen:Grpc=nowhere", "Listen:Grpc must be an address and a port")]
    [InlineData("Kestrel:Endpoints:Open:Url=http://0.0.0.0:5099", "Kestrel:Endpoints must not be set")]
    [InlineData("Store:CommandTimeout=01:00:00", "Store:CommandTimeout must be a time of 100 ms to 30 s, as in 00:00:02\n")]
    [InlineData("Store:CommandTimeout=soon", "Store:CommandTimeout must be a time of 100 ms to 30 s, as in 00:00:02\n")]
    [InlineData("Store:Partitions=many", "Store:Partitions must be a whole number, 1 to 1,024\n")]
    [InlineData("Store:Partitions=0", "Store:Partitions must be a whole number, 1 to 1,024\n")]
    [InlineData("Store:AllowWeakDurability=perhaps", "Store:AllowWeakDurability must be true or false\n")]
    [InlineData("Store:DataDirectoy=/tmp", "Store:DataDirectoy is not a setting; allowed: Store:DataDirectory, ")]
    [InlineData("Store:DataDirectory=", "Store:DataDirectory must be a text and not empty\n")]
    [InlineData("ConnectionStrings:Reddis=localhost", "ConnectionStrings:Reddis is not a setting; allowed: ConnectionStrings:Redis\n")]
    [InlineData("Salesforce:Production:ApiBaseUrl=ftp://login.example", "Salesforce:Production:ApiBaseUrl must be an https URL")]
    [InlineData("Salesforce:Production=https://login.example",
        "Salesforce:Production must be a section: Salesforce:Production:ApiBaseUrl, Salesforce:Production:AuthorizeBaseUrl\n")]
    [InlineData("Salesforce:Production:BaseUrl=https://login.example", "Salesforce:Production:BaseUrl is not a setting")]
    [InlineData("Salesforce:RenewalsPerHost=0", "Salesforce:RenewalsPerHost must be a whole number, 1 to 100\n")]
    [InlineData("Salesforce:AllowedHosts=http://127.0.0.1:1",
        "Salesforce:AllowedHosts must be a list: Salesforce:AllowedHosts:0, Salesforce:AllowedHosts:1 and so on\n")]
    [InlineData("Salesforce:MyDomains=acme", "Salesforce:MyDomains must be values by name, as in Salesforce:MyDomains:<name>\n")]
    [InlineData("Salesforce:ClientId:0=key", "Salesforce:ClientId must be one value, but has Salesforce:ClientId:0\n")]
    [InlineData("Limits:MessageBytes=1000", "Limits:MessageBytes must be a whole number, 131,072 to 4,194,304\n")]
    [InlineData("Limits:Streams=99999999999", "Limits:Streams must be a whole number, 1 to 1,000,000\n")]
    [InlineData("Limits:Streams=", "Limits:Streams must be a whole number, 1 to 1,000,000\n")]
    [InlineData("Tls:EndsBeforeService=yes", "Tls:EndsBeforeService must be true or false\n")]
    [InlineData("Tls:Certificate=x", "Tls:Certificate is not a setting; allowed: Tls:CertificateFile, Tls:KeyFile, Tls:EndsBeforeService\n")]
    [InlineData("Callers:Jwt:Audiance=x", "Callers:Jwt:Audiance is not a setting; allowed: Callers:Jwt:Issuer, Callers:Jwt:Audience, Callers:Jwt:KeysFile\n")]
    [InlineData("Listen:Grpc=[::1]", "Listen:Grpc must be an address and a port")]
    [InlineData("Listen:Grpc=::1:5080", "Listen:Grpc must be an address and a port")]
    [InlineData("Listen:Grpc=5080", "Listen:Grpc must be an address and a port")]
    [InlineData("Listen:Grpc=127.0.0.1:70000", "Listen:Grpc must be an address and a port")]
    [InlineData("Listen:Http=creds.example.org:5080", "or localhost and a port; other host names are not resolved\n")]
    [InlineData("Listen:Https=127.0.0.1:0", "Listen:Https is not a setting; allowed: Listen:Grpc, Listen:Http\n")]
    [InlineData("Clock:Speed=fast", "Clock:Speed must be a number, 1 to 20\n")]
    [InlineData("Encryption:WritingKey=My Key", "Encryption:WritingKey must be the id of a key, 1 to 32 of a-z, 0-9 and '-'\n")]
    [InlineData("Encryption:WritingKey=", "Encryption:WritingKey must be the id of a key")]
    [InlineData("Callers:Jwt:Issuer=https://issuer.test", "Callers:File is not set, and without it the other Callers settings have no effect")]
    [InlineData("Clock:Speed=21", "Clock:Speed must be a number, 1 to 20\n")]
    [InlineData("Encryption:WritingKey=audit", "Encryption:WritingKey")]
    public Task A_wrong_setting_is_named(string setting, string text) => RefusesAsync(text, [setting]);

    [Fact]
    public async Task All_that_is_wrong_is_named_at_once_and_no_value_is_shown()
    {
        var (code, output) = await ServiceProcess.RunAsync(
        [
            $"Store:DataDirectory={directory.Path}", "Limits:Streams=canary", "Store:Partitions=2000",
            "Listen:Grpc=canary:1", "Salesforce:ClientSecret=canary", "Tls:KeyFil=canary",
            "Callers:Jwt:Issuer=canary", "Clock:Speed=21",
        ]);
        Assert.Equal(1, code);
        var line = Assert.Single(output.Split('\n'), line => line.StartsWith("GrpcCreds does not start: ", StringComparison.Ordinal));
        Assert.All(
            ["Limits:Streams must", "Store:Partitions must", "Listen:Grpc must", "Salesforce:ClientId needs", "Tls:KeyFil is not", "Callers:File is not set",
                "Clock:Speed must"],
            part => Assert.Contains(part, line, StringComparison.Ordinal));
        Assert.DoesNotContain("canary", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_settings_file_that_is_no_JSON_is_named()
    {
        await File.WriteAllTextAsync(Path.Combine(directory.Path, "appsettings.json"), "{", TestContext.Current.CancellationToken);
        await RefusesAsync("appsettings.json", [$"contentRoot={directory.Path}"]);
    }

    [Theory]
    [InlineData("argument 4 is not a setting", "new-apikey")]
    [InlineData("argument 4 has no value", "--Callers:File")]
    public async Task An_argument_that_is_no_setting_is_named(string text, string argument)
    {
        await using var service = ConsoleProcess.StartDotnet(
            "GrpcCreds.Server.dll", [$"--Store:DataDirectory={directory.Path}", "--Listen:Grpc=127.0.0.1:0", "--Listen:Http=127.0.0.1:0", argument]);
        var (code, output) = await service.EndAsync();
        Assert.Equal(1, code);
        Assert.Contains(text, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Localhost_is_both_loopback_addresses()
    {
        await using var simulator = await Simulator.StartAsync();
        using var free = new System.Net.Sockets.TcpListener(System.Net.IPAddress.IPv6Loopback, 0);
        free.Start();
        var port = ((System.Net.IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        await using var service = await ServiceProcess.StartAsync(simulator, directory.Path, [$"Listen:Http=localhost:{port}", "Listen:Grpc=localhost:0"]);
        using var http = new HttpClient();
        foreach (var host in new[] { "localhost", "127.0.0.1", "[::1]" })
            Assert.StartsWith("Healthy", await http.GetStringAsync(new Uri($"http://{host}:{port}/healthz/live"), TestContext.Current.CancellationToken),
                StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    public Task A_table_that_others_can_write_is_refused(UnixFileMode others)
    {
        var table = CallerFile();
        KeyRings.SetMode(table, KeyRings.ModeOf(table) | others);
        return RefusesAsync($"Callers:File '{table}' can be written by others", [$"Callers:File={table}", "Tls:EndsBeforeService=true"], Production);
    }

    [Fact]
    public Task A_table_without_callers_is_refused_at_the_start() =>
        RefusesAsync("cannot be used: it names no caller", [$"Callers:File={CallerFile("""{"callers":[]}""")}", "Tls:EndsBeforeService=true"], Production);

    [Fact]
    public async Task A_data_directory_in_use_is_named()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var first = await ServiceProcess.StartAsync(simulator, directory.Path);
        await RefusesAsync($"STORE_IN_USE: the data directory {directory.Path} is in use by another process");
    }

    [Theory]
    [InlineData("main")]
    [InlineData("audit")]
    public async Task A_missing_key_of_a_used_store_is_named_and_not_made_again(string key)
    {
        await RunOnceAsync();
        File.Delete(KeyFile(key));
        await RefusesAsync($"key file '{KeyFile(key)}' is missing");
        Assert.False(File.Exists(KeyFile(key)));
    }

    [Theory]
    [InlineData("main")]
    [InlineData("audit")]
    public async Task A_wrong_key_is_named_and_not_shown(string key)
    {
        await RunOnceAsync();
        var wrong = Convert.ToBase64String(Enumerable.Repeat((byte)0x5a, 32).ToArray());
        await File.WriteAllTextAsync(KeyFile(key), wrong, TestContext.Current.CancellationToken);
        await RefusesAsync($"key file '{KeyFile(key)}' is not the key this store was sealed with", secret: wrong);
    }

    [Theory]
    [InlineData("Z2FyYmFnZSBub3Qga2V5")]
    [InlineData("not base64 at all!")]
    [InlineData("")]
    public async Task A_file_that_is_no_key_is_named_and_not_shown(string content)
    {
        await RunOnceAsync();
        await File.WriteAllTextAsync(KeyFile("main"), content, TestContext.Current.CancellationToken);
        await RefusesAsync($"key file '{KeyFile("main")}' is not a key", secret: content);
    }

    [Fact]
    public async Task A_key_that_cannot_be_read_is_named()
    {
        await RunOnceAsync();
        // A link to nowhere cannot be read by anybody, not even by root.
        File.CreateSymbolicLink(KeyFile("extra"), Path.Combine(directory.Path, "nowhere"));
        await RefusesAsync($"key file '{KeyFile("extra")}' cannot be read");
    }

    [Fact]
    public async Task No_setting_of_the_platform_opens_another_door()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var service = await ServiceProcess.StartAsync(
            simulator,
            directory.Path,
            environment: new Dictionary<string, string> { ["ASPNETCORE_PREFERHOSTINGURLS"] = "true", ["ASPNETCORE_URLS"] = "http://0.0.0.0:0" });
        var listening = service.Output.Where(line => line.Contains("Now listening on", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, listening.Count);
        Assert.All(listening, line => Assert.Contains("http://127.0.0.1:", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_Redis_that_is_not_there_is_named()
    {
        await using var redis = await RedisServer.StartAsync();
        await redis.KillAsync();
        await RefusesAsync($"STORE_UNREACHABLE: ", [$"ConnectionStrings:Redis={redis.ConnectionString},password=canary"], secret: "canary");
    }

    [Fact]
    public async Task A_Redis_that_would_lose_writes_is_refused_with_the_fix()
    {
        await using var redis = await RedisServer.StartAsync("--appendfsync", "everysec");
        await RefusesAsync("set appendfsync always", [$"ConnectionStrings:Redis={redis.ConnectionString}"]);
    }

    private string CallerFile(string content =
        """{"callers":[{"name":"a","api_keys":[{"id":"0123456789ab","sha256":"0000000000000000000000000000000000000000000000000000000000000000"}]"""
            + ""","grants":[{"role":"viewer","tenants":["*"]}]}]}""")
    {
        var path = Path.Combine(directory.Path, "callers.json");
        File.WriteAllText(path, content);
        KeyRings.SetMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        return path;
    }

    private string KeyFile(string id) => Path.Combine(Keys, id + ".key");

    private async Task RunOnceAsync()
    {
        await using var simulator = await Simulator.StartAsync();
        await using var service = await ServiceProcess.StartAsync(simulator, directory.Path);
        Assert.Equal(0, await service.StopAsync());
    }

    private async Task RefusesAsync(string text, string[]? settings = null, Dictionary<string, string>? environment = null, string? secret = null)
    {
        string[] all = [$"Store:DataDirectory={directory.Path}", .. settings ?? []];
        var (code, output) = await ServiceProcess.RunAsync(all, environment);
        Assert.Contains(text, output + "\n", StringComparison.Ordinal);
        Assert.Equal(1, code);
        Assert.Single(output.Split('\n'), line => line.StartsWith("GrpcCreds does not start: ", StringComparison.Ordinal));
        Assert.DoesNotContain("   at GrpcCreds.", output, StringComparison.Ordinal);
        if (!string.IsNullOrEmpty(secret))
            Assert.DoesNotContain(secret, output, StringComparison.Ordinal);
    }
}
