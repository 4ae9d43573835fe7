using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Api;

/// <summary>The promises of every administrator's write: etags, request ids, and one test at a time.</summary>
public sealed class WriteTests : ServiceTest
{
    [Fact]
    public async Task A_stale_etag_is_refused_and_changes_nothing()
    {
        var read = (await Client.StatusAsync()).Etag;
        var active = await Client.ActivateAsync();
        await Client.DeletePasswordCredentialAsync(new() { TenantId = "acme", AllowActive = true, Etag = read })
            .FailsAsync(StatusCode.Aborted, "ETAG_MISMATCH");
        Assert.Equal(active.Etag, (await Client.StatusAsync()).Etag);
        Assert.Equal(WriteResult.Removed,
            (await Client.DeletePasswordCredentialAsync(new() { TenantId = "acme", AllowActive = true, Etag = active.Etag })).Result);
    }

    [Fact]
    public async Task A_repeated_request_is_applied_once_and_answered_alike()
    {
        var request = Calls.SetPassword();
        request.RequestId = Guid.NewGuid().ToString();
        request.Etag = (await Client.StatusAsync()).Etag;
        var first = await Client.SetPasswordCredentialAsync(request);
        var second = await Client.SetPasswordCredentialAsync(request);
        Assert.Equal(first, second);
        Assert.Equal(1, Simulator.Logins(Calls.User).Accepted);

        request.Username = "other";
        await Client.SetPasswordCredentialAsync(request).FailsAsync(StatusCode.AlreadyExists, "REQUEST_ID_REUSED");
        await Client.DiscardCandidateAsync(new() { TenantId = "acme", Mode = Mode.Password, RequestId = request.RequestId })
            .FailsAsync(StatusCode.AlreadyExists, "REQUEST_ID_REUSED");
    }

    [Fact]
    public async Task A_repeat_of_a_running_request_waits_for_its_result_and_sends_no_login()
    {
        var request = Calls.SetPassword();
        request.RequestId = Guid.NewGuid().ToString();
        var hold = Simulator.Hold(Endpoint.Login);
        var first = Client.SetPasswordCredentialAsync(request);
        await hold.WaitAsync();
        var second = Client.SetPasswordCredentialAsync(request);
        Assert.Equal(Outcome.Pending, (await Client.StatusAsync()).Modes[0].Candidate.LastTest.Outcome);
        hold.Release();
        Assert.Equal((WriteResult.Activated, WriteResult.Activated), ((await first).Result, (await second).Result));
        Assert.Equal(1, Simulator.Logins(Calls.User).Accepted);
    }

    [Fact]
    public async Task What_a_caller_that_left_had_sent_is_finished_and_kept()
    {
        var request = Calls.SetPassword();
        request.RequestId = Guid.NewGuid().ToString();
        var hold = Simulator.Hold(Endpoint.Login);
        using var leaving = new CancellationTokenSource();
        var call = Client.SetPasswordCredentialAsync(request, cancellationToken: leaving.Token);
        await hold.WaitAsync();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => call.ResponseAsync);
        hold.Release();
        await Waiting.UntilAsync(async () => (await Client.StatusAsync()).Availability == Availability.Serving, "the login's result is kept");
        Assert.Equal(WriteResult.Activated, (await Client.SetPasswordCredentialAsync(request)).Result);
        Assert.Equal(1, Simulator.Logins(Calls.User).Accepted);
    }

    [Fact]
    public async Task A_discarded_candidate_takes_the_ground_from_under_its_test()
    {
        var hold = Simulator.Hold(Endpoint.Login);
        var set = Client.SetPasswordCredentialAsync(Calls.SetPassword());
        await hold.WaitAsync();
        Assert.Equal(WriteResult.Removed, (await Client.DiscardCandidateAsync(new() { TenantId = "acme", Mode = Mode.Password })).Result);
        hold.Release();
        await set.FailsAsync(StatusCode.Aborted, "CANDIDATE_CHANGED");
        Assert.Equal(Availability.NotConfigured, (await Client.StatusAsync()).Availability);
    }

    [Fact]
    public async Task Another_test_is_waited_for_until_the_deadline()
    {
        var hold = Simulator.Hold(Endpoint.Login);
        var set = Client.SetPasswordCredentialAsync(Calls.SetPassword());
        await hold.WaitAsync();
        var activate = new SetActiveModeRequest { TenantId = "acme", Mode = Mode.Password };
        await Client.SetActiveModeAsync(activate, deadline: DateTime.UtcNow.AddSeconds(2)).FailsAsync(StatusCode.Aborted, "TEST_IN_PROGRESS");
        var waiting = Client.SetActiveModeAsync(activate);
        hold.Release();
        Assert.Equal(WriteResult.Activated, (await set).Result);
        Assert.Equal(WriteResult.Activated, (await waiting).Result);
    }

    [Fact]
    public async Task A_credential_in_use_is_deleted_only_when_told_so()
    {
        await Client.ActivateAsync();
        await Client.DeletePasswordCredentialAsync(new() { TenantId = "acme" }).FailsAsync(StatusCode.FailedPrecondition, "CREDENTIAL_IN_USE");
        var deleted = await Client.DeletePasswordCredentialAsync(new() { TenantId = "acme", AllowActive = true });
        Assert.Equal((WriteResult.Removed, Availability.Deleted), (deleted.Result, deleted.Status.Availability));
        Assert.Empty(deleted.Status.Modes);
        Assert.Equal(WriteResult.Unchanged, (await Client.DeletePasswordCredentialAsync(new() { TenantId = "acme" })).Result);
    }

    [Fact]
    public async Task Switched_off_and_on_again_logs_in_anew()
    {
        await Client.ActivateAsync();
        var off = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Off });
        Assert.Equal((WriteResult.Activated, Availability.SwitchedOff), (off.Result, off.Status.Availability));
        Assert.Equal(WriteResult.Unchanged, (await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Off })).Result);
        var on = await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Password });
        Assert.Equal((WriteResult.Activated, Availability.Serving), (on.Result, on.Status.Availability));
        Assert.Equal(2, Simulator.Logins(Calls.User).Accepted);
    }

    [Fact]
    public async Task There_must_be_something_to_activate()
    {
        await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Password }).FailsAsync(StatusCode.FailedPrecondition, "NOTHING_TO_ACTIVATE");
        await Client.SetActiveModeAsync(new() { TenantId = "acme" }).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
    }

    [Fact]
    public async Task Fifty_administrators_at_once_leave_one_of_their_states()
    {
        for (var i = 0; i < 50; i++)
            Simulator.AddUser($"user{i}@acme.test", Calls.Password);
        var calls = Enumerable.Range(0, 50).Select(i => Outcome(Client.SetPasswordCredentialAsync(Calls.SetPassword(user: $"user{i}@acme.test")))).ToList();
        var results = await Task.WhenAll(calls);
        Assert.Contains("Activated", results);
        Assert.All(results, result => Assert.Contains(result, new[] { "Activated", "CANDIDATE_CHANGED", "CONTENTION" }));
        Assert.Equal(Availability.Serving, (await Client.StatusAsync()).Availability);

        static async Task<string> Outcome(AsyncUnaryCall<SetPasswordCredentialResponse> call)
        {
            try
            {
                return (await call).Result.ToString();
            }
            catch (RpcException e)
            {
                return e.GetRpcStatus()!.GetDetail<Google.Rpc.ErrorInfo>()!.Reason;
            }
        }
    }
}
