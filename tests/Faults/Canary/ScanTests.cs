using System.Text;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Faults.Canary;

/// <summary>The scan finds what was planted: only then its silence says something.</summary>
public sealed class ScanTests
{
    private readonly Canaries canaries = new();
    private readonly Sinks sinks = new();

    [Fact]
    public void It_finds_every_form_of_every_canary_wherever_it_stands_and_says_whose_it_is()
    {
        canaries.Plain("password");
        canaries.Strange("security token");
        canaries.Add("key", [0xff, 0, 0xc3, 0x28, 1, 2, 3, 4, 5, 6, 7, 8]);
        foreach (var (use, secret) in canaries.Searched)
        {
            foreach (var (form, bytes) in Forms.Of(secret))
                sinks.Add($"{use} as {form}", [1, .. Encoding.ASCII.GetBytes("before"), .. bytes, .. Encoding.ASCII.GetBytes("behind"), 0xff]);
        }
        Assert.Equal(sinks.All.Select(sink => sink.Name).Order(), Found().Select(found => found.Sink).Distinct().Order());
        Assert.All(Found(), found => Assert.StartsWith(found.Use, found.Sink, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_finds_one_in_the_midst_of_what_was_encoded_as_a_whole(int before)
    {
        byte[] whole = [.. Encoding.ASCII.GetBytes("xyz"[..before]), .. Encoding.UTF8.GetBytes(canaries.Strange("password")), .. "behind it"u8];
        sinks.Add("base64", Convert.ToBase64String(whole));
        sinks.Add("base64url", System.Buffers.Text.Base64Url.EncodeToString(whole));
        sinks.Add("hex", Convert.ToHexString(whole));
        sinks.Add("JSON", System.Text.Json.JsonSerializer.Serialize(Encoding.UTF8.GetString(whole)));
        sinks.Add("XML", new System.Xml.Linq.XElement("a", Encoding.UTF8.GetString(whole)).ToString());
        sinks.Add("URL", new UriBuilder("http", "example.test") { Query = $"a={Uri.EscapeDataString(Encoding.UTF8.GetString(whole))}" }.Uri.AbsoluteUri);
        Assert.Equal(sinks.All.Select(sink => sink.Name), Found().Select(found => found.Sink).Distinct());
    }

    [Fact]
    public void It_finds_a_part_of_a_long_one_and_one_beside_another()
    {
        sinks.Add("its end", canaries.Add("token", new Canaries().Strange("") + new Canaries().Strange(""))[30..]);
        sinks.Add("two", canaries.Plain("one") + canaries.Plain("other"));
        Assert.Equal(["one", "other", "token"], Found().Select(found => found.Use).Distinct().Order());
    }

    [Fact]
    public void It_finds_nothing_where_nothing_is()
    {
        canaries.Plain("password");
        sinks.Add("another", new Canaries().Plain("password"));
        sinks.Add("empty", "");
        Assert.Empty(Found());
    }

    [Fact]
    public void It_reads_files_and_their_names()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(Path.Combine(directory.Path, "below", canaries.Plain("name")));
        File.WriteAllText(Path.Combine(directory.Path, "below", "file"), canaries.Plain("content"));
        File.WriteAllText(Path.Combine(directory.Path, "below", canaries.Plain("name of a file")), "");
        sinks.AddFiles("disk", directory.Path);
        Assert.Equal(["content", "name", "name of a file"], Found().Select(found => found.Use).Distinct().Order());
    }

    private IReadOnlyList<Finding> Found() => new Scan(canaries).In(sinks);
}
