using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

public sealed class ReadTests : ServiceTest
{
    private protected override IEnumerable<string> Settings => ["Clock:Adjustable=true"];

    // Shorter than a stream lives.
    private protected override SimulatorOptions SimulatorOptions => new() { SessionSecondsValid = 900 };

    [Fact]
    public async Task Statuses_are_listed_by_tenant_in_pages()
    {
        foreach (var tenant in new[] { "cc", "aa", "bb", "a-1", "dd" })
            await Client.SetActiveModeAsync(new() { TenantId = tenant, Mode = Mode.Off });
        var listed = new List<string>();
        var page = new ListCredentialStatusesResponse();
        do
        {
            page = await Client.ListCredentialStatusesAsync(new() { PageSize = 2, PageToken = page.NextPageToken });
            listed.AddRange(page.Statuses.Select(status => status.TenantId));
        }
        while (page.NextPageToken != "");
        Assert.Equal(["a-1", "aa", "bb", "cc", "dd"], listed);
        await Client.ListCredentialStatusesAsync(new() { PageSize = 201, PageToken = "!" }).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
    }

    [Fact]
    public async Task A_read_is_never_older_than_min_revision()
    {
        var status = await Client.ActivateAsync();
        Assert.NotNull((await Client.GetActiveCredentialAsync(new() { TenantId = "acme", MinRevision = status.Revision })).Credential);
        await Client.GetActiveCredentialAsync(new() { TenantId = "acme", MinRevision = status.Revision + 1 })
            .FailsAsync(StatusCode.Unavailable, "STORE_BEHIND");
        await Client.GetActiveCredentialAsync(new() { TenantId = "acme", MinRevision = -1 }).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
    }

    [Fact]
    public async Task A_session_past_its_end_that_cannot_be_renewed_is_not_sent_and_nodes_learn_it()
    {
        var status = await Client.ActivateAsync();
        using var watch = Client.WatchActiveCredential(Calls.Watch());
        await watch.ResponseStream.NextAsync(message => message.Synced is not null);
        Simulator.Fail(Endpoint.Login, Failure.Status(503, "down"), times: 10);
        await Service.AdvanceAsync("00:15:01");
        var active = await Client.GetActiveCredentialAsync(new() { TenantId = "acme" });
        Assert.Equal(Availability.Suspended, active.Unavailable.Cause);
        Assert.True(active.Unavailable.Revision > status.Revision);
        Assert.Equal(active.Unavailable, (await watch.ResponseStream.NextAsync(message => message.Unavailable is not null)).Unavailable);
        Assert.Equal(status.Etag, (await Client.StatusAsync()).Etag);
    }

    [Fact]
    public async Task A_test_nobody_finished_ends_as_unknown()
    {
        var hold = Simulator.Hold(Endpoint.Login);
        var set = Client.SetPasswordCredentialAsync(Calls.SetPassword());
        await hold.WaitAsync();
        await Service.AdvanceAsync("00:01:01");
        await Waiting.UntilAsync(async () => (await Client.StatusAsync()).Modes[0].Candidate.LastTest.Outcome == Outcome.Failed, "the claim has ended");
        Assert.Equal(FailureClass.OutcomeUnknown, (await Client.StatusAsync()).Modes[0].Candidate.LastTest.Failure.FailureClass);
        hold.Release();
        await set.FailsAsync(StatusCode.Aborted, "CANDIDATE_CHANGED");
        Assert.Equal(Availability.NotConfigured, (await Client.StatusAsync()).Availability);
    }
}
