using System.Text.Json;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GrpcCreds.Tests.Api;

/// <summary>Every write leaves its entry in its own commit, and no value in it.</summary>
public sealed class AuditTests : ServiceTest
{
    [Fact]
    public async Task A_write_says_who_did_what_why_and_what_came_of_it()
    {
        var request = Calls.SetPassword();
        request.Reason = "rotation of November";
        request.RequestId = Guid.NewGuid().ToString();
        var first = (await Client.SetPasswordCredentialAsync(request)).Status;
        await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Off });

        var entries = await ReadAsync();
        Assert.Equal(["Activated", "Activated", "Pending"], entries.Select(entry => entry.Outcome));
        var (off, activated, claimed) = (entries[0], entries[1], entries[2]);
        Assert.Equal(("SetActiveMode", null), (off.Origin.Method, off.Origin.Reason));
        Assert.Equal(("SetPasswordCredential", "rotation of November", "development"), (claimed.Origin.Method, claimed.Origin.Reason, claimed.Origin.Caller));
        Assert.Equal((request.RequestId, first.Revision), (claimed.RequestId.ToString(), activated.Revision));
        Assert.StartsWith("ipv4:127.0.0.1:", claimed.Origin.From, StringComparison.Ordinal);
        Assert.Equal(16, claimed.Fingerprint!.Length);
        Assert.Equal(claimed.Fingerprint, off.Fingerprint);
        Assert.DoesNotContain(Calls.Password, JsonSerializer.Serialize(entries), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_password_has_another_fingerprint()
    {
        await Client.SetPasswordCredentialAsync(Calls.SetPassword(password: "wrong"));
        await Client.SetPasswordCredentialAsync(Calls.SetPassword());
        Assert.Equal(2, (await ReadAsync()).Select(entry => entry.Fingerprint).Distinct().Count());
    }

    private async Task<IReadOnlyList<AuditEntry>> ReadAsync()
    {
        var tenant = TenantId.Parse("acme");
        var sealer = Service.Services.GetRequiredService<Sealer>();
        var stored = await Service.Services.GetRequiredService<IStore>().AuditAsync(tenant, null, 100, default);
        return [.. stored.Select(entry => AuditEntry.Open(sealer, tenant, entry.Rev, entry.Sealed.Span)!)];
    }
}
