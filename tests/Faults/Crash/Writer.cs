using Grpc.Core;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Faults.Crash;

/// <summary>
/// An administrator that sets passwords and switches modes, one call after the other. A call without an answer is sent again under its id, now
/// or a little later, until its outcome is known.
/// </summary>
internal sealed class Writer(History history, Uri address, Users users, IReadOnlyList<string> tenants, Random random) : Caller(history, address)
{
    // The store remembers the last 256 requests of a tenant; with few left open, each is asked for again long before that.
    private const int MaxOpen = 2;

    private readonly List<Write> open = [];

    /// <summary>Calls whose end is not known yet.</summary>
    public IReadOnlyCollection<Write> Open => open;

    /// <summary>Sends what is still open once more, when the last fault is over.</summary>
    public async Task SettleAsync()
    {
        foreach (var write in open.ToList())
            await SendAsync(write);
    }

    protected override Task<bool> CallAsync(CancellationToken stopping) =>
        SendAsync(open.Count >= MaxOpen || (open.Count > 0 && random.Next(2) == 0) ? open[random.Next(open.Count)] : NewWrite());

    private Write NewWrite()
    {
        var kind = random.Next(10) switch { < 6 => WriteKind.SetPassword, < 8 => WriteKind.SwitchOff, _ => WriteKind.SwitchOn };
        var write = new Write(tenants[random.Next(tenants.Count)], Guid.NewGuid(), kind, kind == WriteKind.SetPassword ? users.Add() : null);
        History.Writes.Enqueue(write);
        open.Add(write);
        return write;
    }

    private async Task<bool> SendAsync(Write write)
    {
        var invoked = History.Now;
        try
        {
            var (result, status) = await SendOnceAsync(write);
            open.Remove(write);
            History.Attempts.Enqueue(new(write, invoked, History.Now, AttemptOutcome.Answered, result, SeenIn(status)));
            return true;
        }
        catch (RpcException e)
        {
            var unknown = IsOutage(e, write.Kind.ToString());
            if (!unknown)
                open.Remove(write);
            History.Attempts.Enqueue(
                new(write, invoked, History.Now, unknown ? AttemptOutcome.Unknown : AttemptOutcome.Refused, WriteResult.Unspecified, null));
            return e.StatusCode != StatusCode.Unavailable;
        }
    }

    private async Task<(WriteResult Result, CredentialStatus Status)> SendOnceAsync(Write write)
    {
        var id = write.RequestId.ToString();
        if (write.Kind == WriteKind.SetPassword)
        {
            var set = await Client.SetPasswordCredentialAsync(
                new() { TenantId = write.Tenant, Username = write.Username,
                    Password = Users.Password, SecurityToken = "", RequestId = id }, deadline: Deadline);
            return (set.Result, set.Status);
        }
        var mode = write.Kind == WriteKind.SwitchOff ? Mode.Off : Mode.Password;
        var switched = await Client.SetActiveModeAsync(new() { TenantId = write.Tenant, Mode = mode, RequestId = id }, deadline: Deadline);
        return (switched.Result, switched.Status);
    }
}
