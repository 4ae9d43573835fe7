using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.QuickStart;

/// <summary>A node of the quick start ends although the session it waits for never comes, as when the service is told to stop first.</summary>
public sealed class FleetNodeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_node_that_waits_for_a_session_can_be_stopped(int number)
    {
        await using var service = await Service.StartAsync();
        var node = new GrpcCreds.QuickStart.FleetNode(number, service.Grpc);
        await node.DisposeAsync().AsTask().WaitAsync(Waiting.Long, TestContext.Current.CancellationToken);
    }
}
