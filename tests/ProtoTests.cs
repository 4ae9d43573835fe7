using Xunit;

namespace GrpcCreds.Tests;

/// <summary>The contract's style, held by buf with the repository's buf.yaml.</summary>
public sealed class ProtoTests
{
    [Theory]
    [InlineData("lint")]
    [InlineData("format", "--diff", "--exit-code")]
    public async Task Buf_finds_nothing(params string[] arguments)
    {
        var buf = await Npm.ToolAsync("buf", TestContext.Current.CancellationToken);
        var (exitCode, output, error) = await Npm.RunAsync(buf, arguments, TestContext.Current.CancellationToken);
        Assert.True(exitCode == 0, output + error);
    }
}
