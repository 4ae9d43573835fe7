using GrpcCreds.Server.Rollout;
using GrpcCreds.Server.Tenants.Model;
using Xunit;

namespace GrpcCreds.Tests.Rollout;

/// <summary>The stored form of an entry. Servers of several versions read each other's entries.</summary>
public sealed class NodeEntryTests
{
    private const string Full = """
        {"Name":{"Caller":"spiffe://a\u002Bb","NodeId":"node-1","InstanceId":"6f1e"},"Server":"0a1b","Sent":9,"Applied":8,"AppliedTime":1000,"ConfirmTime":1500,
        "Rejection":{"Revision":9,"Class":9,"Code":"INVALID_SESSION_ID","Time":2000},"IsOpen":true,"OpenedTime":10,"ClosedTime":5,"HeardTime":2000,"LeftTime":4}
        """;

    private static readonly NodeEntry Entry = new(new("spiffe://a+b", "node-1", "6f1e"), "0a1b")
    {
        Sent = 9,
        Applied = 8,
        AppliedTime = 1000,
        ConfirmTime = 1500,
        Rejection = new(9, FailureClass.SessionRefused, "INVALID_SESSION_ID", 2000),
        IsOpen = true,
        OpenedTime = 10,
        ClosedTime = 5,
        HeardTime = 2000,
        LeftTime = 4,
    };

    [Fact]
    public void An_entry_of_an_earlier_version_is_read() => Assert.Equal(Entry, NodeEntry.Parse(Full));

    [Fact]
    public void An_entry_with_a_field_of_a_later_version_is_read() =>
        Assert.Equal(Entry, NodeEntry.Parse(Full.Replace("\"Sent\":9", "\"New\":{\"Of\":[1]},\"Sent\":9", StringComparison.Ordinal)));

    [Fact]
    public void An_entry_is_written_as_an_earlier_version_reads_it() =>
        Assert.Equal(Full.ReplaceLineEndings(""), Entry.Write());

    [Fact]
    public void What_is_zero_is_not_stored() =>
        Assert.Equal("""{"Name":{"Caller":"c","NodeId":"n","InstanceId":""},"Server":"s"}""", new NodeEntry(new("c", "n", ""), "s").Write());

    [Fact]
    public void A_copy_has_the_key_of_its_name_and_server()
    {
        Assert.Equal(Entry.Name.KeyAt("0a1b"), Entry.Key);
        Assert.Equal(Entry.Key, Entry.WasSent(10).Opened(20).ByClock(TimeSpan.FromMinutes(1)).Key);
        Assert.Equal(Entry.Key, NodeEntry.Parse(Full)!.Key);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("[")]
    [InlineData("""{"Name":null,"Server":"s"}""")]
    [InlineData("""{"Name":{"Caller":"c","NodeId":"n"},"Server":"s"}""")]
    [InlineData("""{"Name":{"Caller":"c","NodeId":"n","InstanceId":""}}""")]
    [InlineData("""{"Name":{"Caller":"c","NodeId":"n","InstanceId":""},"Server":"s","Sent":-1}""")]
    [InlineData("""{"Name":{"Caller":"c","NodeId":"n","InstanceId":""},"Server":"s","Sent":"9"}""")]
    [InlineData("""{"Name":{"Caller":"c","NodeId":"n","InstanceId":""},"Server":"s","HeardTime":253402300800000}""")]
    [InlineData("""{"Name":{"Caller":"c","NodeId":"n","InstanceId":""},"Server":"s","Rejection":{"Revision":1,"Class":77,"Code":"","Time":1}}""")]
    [InlineData("""{"Name":{"Caller":"c","NodeId":"n","InstanceId":""},"Server":"s","Rejection":{"Revision":1,"Class":1,"Time":1}}""")]
    public void A_damaged_entry_is_none(string value) => Assert.Null(NodeEntry.Parse(value));
}
