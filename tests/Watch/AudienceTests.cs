using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using static GrpcCreds.Tests.Callers.CallersWorld;

namespace GrpcCreds.Tests.Watch;

/// <summary>A change goes to the streams of many callers, whose disclosures do not fit into one entry of the audit.</summary>
public sealed class AudienceTests
{
    private const int Callers = 300;

    [Fact]
    public async Task Every_stream_of_every_caller_gets_a_change_and_the_audit_names_each_caller_with_its_streams()
    {
        await using var simulator = await Simulator.StartAsync();
        simulator.AddUser(Calls.User, Calls.Password);
        await using var world = await StartAsync(simulator, ["Limits:Streams=1000"]);
        var names = Enumerable.Range(0, Callers).Select(number => $"node-{number}").ToList();
        await world.ReplaceTableAsync(
            [.. world.Callers, .. names.Select(name => (object)new { name, jwt_subjects = new[] { name }, grants = new[] { Grant("node", Own) } })]);
        await world.As("admin").ActivateAsync(Own);

        // The first caller has three streams.
        var streams = names.Concat([names[0], names[0]]).Select(name => world.As(name).WatchActiveCredential(Calls.Watch(Own))).ToList();
        await Task.WhenAll(streams.Select(stream => stream.ResponseStream.NextAsync(message => message.Synced is not null)));
        var revision = (await world.As("admin").ActivateAsync(Own)).Revision;
        var told = await Task.WhenAll(streams.Select(stream => stream.ResponseStream.NextAsync(message => message.Credential is not null)));
        streams.ForEach(stream => stream.Dispose());
        Assert.All(told, message => Assert.Equal(revision, message.Credential.Revision));

        var entries = new List<AuditEvent>();
        for (var request = new ListAuditEventsRequest { TenantId = Own, Kind = AuditKind.Disclosure }; ;)
        {
            var page = await world.As("auditor").ListAuditEventsAsync(request);
            entries.AddRange(page.Events.Where(entry => entry.Revision == revision));
            if ((request.PageToken = page.NextPageToken) == "")
                break;
        }
        var recipients = entries.SelectMany(entry => entry.Recipients).ToList();
        Assert.Equal(names.Order(StringComparer.Ordinal), recipients.Select(to => to.Caller).Order(StringComparer.Ordinal));
        Assert.Equal((3, Callers + 2), (recipients.Single(to => to.Caller == names[0]).Count, recipients.Sum(to => to.Count)));
    }
}
