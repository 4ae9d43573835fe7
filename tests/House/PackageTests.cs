using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;
using System.Xml.Linq;
using GrpcCreds.Client;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.House;

/// <summary>The packages as they would be published, made from what was built for this run.</summary>
public sealed class PackageTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Version { get; } = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("Version").Single().Value;

    private static string Configuration { get; } = typeof(PackageTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    [Fact]
    public async Task The_packages_hold_documentation_and_symbols_and_an_application_builds_with_them()
    {
        using var directory = new TemporaryDirectory();
        var feed = Path.Combine(directory.Path, "feed");
        await PackAsync("src/Client/Client.csproj", feed);
        await PackAsync("protos/Protos.csproj", feed);

        Holds(feed, "GrpcCreds.Client",
            ["Grpc.Net.Client", "Grpc.Net.ClientFactory", "Microsoft.Extensions.Diagnostics.HealthChecks", "Microsoft.Extensions.Http"]);
        Holds(feed, "GrpcCreds.Protos", ["Google.Protobuf", "Grpc.Core.Api"]);
        Assert.Equal(Version, Dependencies(feed, "GrpcCreds.Client")["GrpcCreds.Protos"]);
        Assert.Contains(nameof(CredentialWatch), Text(feed, "GrpcCreds.Client", "README.md"), StringComparison.Ordinal);
        await BuildApplicationAsync(Path.Combine(directory.Path, "app"), feed);
    }

    private static Task PackAsync(string project, string feed) =>
        DotnetAsync(Repository.Root, "pack", project, "--no-build", "--configuration", Configuration, "--output", feed);

    private static void Holds(string feed, string package, string[] needed)
    {
        var files = Entries(feed, $"{package}.{Version}.nupkg");
        Assert.Superset(new HashSet<string> { $"lib/net10.0/{package}.dll", $"lib/net10.0/{package}.xml", "README.md" }, files);
        Assert.Contains($"lib/net10.0/{package}.pdb", Entries(feed, $"{package}.{Version}.snupkg"));
        var metadata = Nuspec(feed, package);
        Assert.Equal("Apache-2.0", Value(metadata, "license"));
        Assert.NotEqual("Package Description", Value(metadata, "description"));
        Assert.Superset(needed.ToHashSet(), Dependencies(feed, package).Keys.ToHashSet());
        Assert.All(Dependencies(feed, package).Values, version => Assert.Matches(@"\A\d+\.\d+\.\d+\z", version));
    }

    /// <summary>
    /// Uses the package as an application does, compiled against nothing else. Everything else comes from the packages this test was
    /// restored with.
    /// </summary>
    private static async Task BuildApplicationAsync(string application, string feed)
    {
        Directory.CreateDirectory(application);
        var restored = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await File.WriteAllTextAsync(
            Path.Combine(application, "app.csproj"),
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <UseAppHost>false</UseAppHost>
                <NuGetAudit>false</NuGetAudit>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <RestoreSources>{feed}</RestoreSources>
                <RestoreFallbackFolders>{restored}</RestoreFallbackFolders>
                <RestorePackagesPath>{Path.Combine(application, "packages")}</RestorePackagesPath>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="GrpcCreds.Client" Version="{Version}" />
              </ItemGroup>
            </Project>
            """,
            Cancel);
        await File.WriteAllTextAsync(
            Path.Combine(application, "Program.cs"),
            """
            using GrpcCreds.Client;
            using GrpcCreds.V1;
            using Microsoft.Extensions.DependencyInjection;

            var services = new ServiceCollection();
            services.AddGrpcCredsClient(options => options.Address = new Uri("http://localhost:5080"));
            services.AddHttpClient("acme").AddSalesforceSession("acme");
            services.AddHealthChecks().AddGrpcCredsClient();
            await using var watch = new CredentialWatch(new() { Address = new Uri("http://localhost:5080"), NodeId = "node-1" });
            Console.WriteLine($"{watch.For("acme").State} {GrpcCredsClientTelemetry.MeterName} {FailureClass.SessionRefused}");
            """,
            Cancel);
        await DotnetAsync(application, "build", "--nologo");
    }

    private static async Task DotnetAsync(string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [.. arguments, "-nodeReuse:false"])
            { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Limit);
        try
        {
            var output = Task.WhenAll(process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            Assert.True(process.ExitCode == 0, $"dotnet {arguments[0]} failed: {string.Join('\n', await output)}");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static HashSet<string> Entries(string feed, string file)
    {
        using var package = ZipFile.OpenRead(Path.Combine(feed, file));
        return [.. package.Entries.Select(entry => entry.FullName)];
    }

    private static string Text(string feed, string package, string entry)
    {
        using var archive = ZipFile.OpenRead(Path.Combine(feed, $"{package}.{Version}.nupkg"));
        using var reader = new StreamReader(archive.GetEntry(entry)!.Open());
        return reader.ReadToEnd();
    }

    private static XDocument Nuspec(string feed, string package) => XDocument.Parse(Text(feed, package, $"{package}.nuspec"));

    private static string Value(XDocument nuspec, string name) => nuspec.Descendants().First(element => element.Name.LocalName == name).Value;

    private static Dictionary<string, string> Dependencies(string feed, string package) => Nuspec(feed, package).Descendants()
        .Where(element => element.Name.LocalName == "dependency")
        .ToDictionary(element => element.Attribute("id")!.Value, element => element.Attribute("version")!.Value);
}
