using Grpc.Core;
using GrpcCreds.Tests.Faults.Crash;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Robustness.Traffic;

/// <summary>
/// Sets the passwords of one tenant, one after the other: most are only saved, some are tested and put in force. A write whose outcome is unknown is sent
/// again under its id, to the next service, until its outcome is known.
/// </summary>
internal sealed class Writer(History history, IReadOnlyList<Uri> addresses, Users users, string tenant, bool withEtags, Random random)
    : Caller(history, addresses)
{
    private const int OneInSoManyActivates = 12;

    // A load, not a wait: without it the writers would take the cores from what they are to watch.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(12);

    private Write? open;
    private string? etag;
    private int service = random.Next(addresses.Count);

    /// <summary>The write whose end is not known yet.</summary>
    public Write? Open => open;

    /// <summary>Sends what is still open until its outcome is known.</summary>
    public async Task SettleAsync(CancellationToken until)
    {
        while (open is not null && !until.IsCancellationRequested)
        {
            if (!await SendAsync(open))
                await Task.Delay(Pace, CancellationToken.None);
        }
    }

    protected override async Task<bool> CallAsync(CancellationToken stopping)
    {
        if (open is null && withEtags && etag is null && !await ReadEtagAsync())
            return false;
        var answered = await SendAsync(open ??= NewWrite());
        await Task.Delay(Pace, CancellationToken.None);
        return answered;
    }

    private Write NewWrite()
    {
        var write = new Write(tenant, Guid.NewGuid(), users.Add(), string.IsNullOrEmpty(etag) ? null : etag, random.Next(OneInSoManyActivates) == 0);
        History.Writes.Enqueue(write);
        return write;
    }

    private async Task<bool> SendAsync(Write write)
    {
        var invoked = History.Now;
        try
        {
            var request = new SetPasswordCredentialRequest
            {
                TenantId = tenant, Username = write.User, Password = Users.Password, SecurityToken = "", RequestId = write.RequestId.ToString(),
                Activation = write.Activates ? Activation.TestFirst : Activation.Staged,
            };
            if (write.Etag is not null)
                request.Etag = write.Etag;
            var answer = await Services[service].SetPasswordCredentialAsync(request, deadline: write.Activates ? DateTime.UtcNow.AddSeconds(10) : Deadline);
            History.Attempts.Enqueue(new(write, service, invoked, History.Now, IsRefused: false, ShownIn(answer.Status)));
            (open, etag) = (null, withEtags ? answer.Status.Etag : null);
            return true;
        }
        catch (RpcException e)
        {
            var isUnknown = IsOutage(e, "a write");
            History.Attempts.Enqueue(new(write, service, invoked, History.Now, !isUnknown, null));
            (service, etag) = ((service + 1) % Services.Count, null);
            if (!isUnknown)
                open = null;
            return !isUnknown;
        }
    }

    private async Task<bool> ReadEtagAsync()
    {
        var invoked = History.Now;
        try
        {
            var status = (await Services[service].GetCredentialStatusAsync(new() { TenantId = tenant }, deadline: Deadline)).Status;
            History.Reads.Enqueue(new(service, invoked, History.Now, null, ShownIn(status)));
            etag = status.Etag;
            return true;
        }
        catch (RpcException e) when (IsOutage(e, "a read"))
        {
            service = (service + 1) % Services.Count;
            return false;
        }
    }
}
