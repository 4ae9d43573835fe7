using System.IO.Compression;
using System.Xml.Linq;
using Xunit;

namespace GrpcCreds.Tests.Cli;

/// <summary>The package of the command line, from the build's output.</summary>
public sealed class ToolPackageTests
{
    private static readonly string Version =
        XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props")).Descendants("Version").Single().Value;

    [Fact]
    public async Task The_package_installs_into_a_clean_directory_and_runs()
    {
        var tool = new FileInfo(await Tool.PathAsync());
        Assert.Equal(Version, (await Tool.RunAsync(null, "--version")).Is(0).Output.Split('+')[0].Trim());
        var feed = Path.Combine(tool.Directory!.Parent!.FullName, "feed", $"GrpcCreds.Cli.{Version}.nupkg");
        await using var package = await ZipFile.OpenReadAsync(feed, TestContext.Current.CancellationToken);
        var files = package.Entries.Select(entry => entry.FullName).ToHashSet();
        Assert.Superset(new HashSet<string> { "README.md", "tools/net10.0/any/GrpcCreds.Cli.dll", "tools/net10.0/any/DotnetToolSettings.xml" }, files);
        using var settings = new StreamReader(package.GetEntry("tools/net10.0/any/DotnetToolSettings.xml")!.Open());
        Assert.Contains("Name=\"grpccreds\"", await settings.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
