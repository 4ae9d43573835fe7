using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Store;
using GrpcCreds.Tests.Rollout;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GrpcCreds.Tests.Api;

/// <summary>A token that came with an answer and is nowhere else is kept until it is stored, whatever the store does meanwhile.</summary>
public sealed class KeptAnswerTests : OAuthServiceTest, IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private Func<string, object?[], object?> fault = (_, _) => null;

    private protected override IEnumerable<string> Settings => [.. base.Settings, $"Store:DataDirectory={directory.Path}", "Salesforce:RenewalsPerHost=1"];

    public void Dispose() => directory.Dispose();

    // The limits of calls are the real ones.
    private protected override void Configure(IServiceCollection services) => FaultyStore.Add(services, (name, args) => fault(name, args));

    [Fact]
    public async Task While_the_record_cannot_be_opened()
    {
        Service.ExpectedErrors = error => error.Id == 230;
        var (node, hold) = await RenewingAsync();
        using var _ = node;
        var sealedBytes = Exchange([0]);
        // It has to read the record, because another server seems to have written it.
        fault = (name, args) => name == nameof(IStore.CommitAsync) && IsOurs(args[0]) ? Conflict() : null;
        hold.Release();
        await LoggedAsync(460);
        Exchange(sealedBytes);
        fault = (_, _) => null;
        await RenewedAsync(node);
        Assert.Single(Service.Logs.GetSnapshot(), line => line.Id == 460);
    }

    [Fact]
    public async Task While_one_cannot_be_stored_the_others_are_renewed()
    {
        Service.ExpectedErrors = error => error.Id == 230;
        var (node, hold) = await RenewingAsync();
        using var _ = node;
        var sealedBytes = Exchange([0]);
        // It has to read the record, because another server seems to have written it.
        fault = (name, args) => name == nameof(IStore.CommitAsync) && IsOurs(args[0]) ? Conflict() : null;
        hold.Release();
        await LoggedAsync(460);
        // There is one place at the login host, and it is not taken by an answer that waits for the store.
        await Client.ConnectAsync("other");
        using var other = await ReportingNode.OpenAsync(Client, tenant: "other");
        Clock.Advance(TimeSpan.FromMinutes(12.5));
        Assert.NotNull((await other.NextAsync()).Credential);
        Exchange(sealedBytes);
        fault = (_, _) => null;
        await Waiting.UntilAsync(async () => (await Client.StatusAsync()).Availability == Availability.Serving, "what came is stored");
    }

    [Theory]
    [InlineData(nameof(IStore.CommitAsync))]
    [InlineData(nameof(IStore.ReadAsync))]
    public async Task While_the_store_breaks_in_ways_nobody_thought_of(string call)
    {
        Service.ExpectedErrors = error => error.Level >= Microsoft.Extensions.Logging.LogLevel.Error;
        var (node, hold) = await RenewingAsync();
        using var _ = node;
        var broken = 0;
        fault = (name, args) => name is not (nameof(IStore.CommitAsync) or nameof(IStore.ReadAsync)) || !IsOurs(args[0]) ? null
            : name == call && broken++ < 4 ? throw new InvalidCastException("a bug")
            // Then it has to read.
            : name == nameof(IStore.CommitAsync) && broken < 4 ? Conflict()
            : null;
        hold.Release();
        await LoggedAsync(461);
        await RenewedAsync(node);
        Assert.Single(Service.Logs.GetSnapshot(), line => line.Id == 461);
    }

    [Fact]
    public async Task While_others_write_the_tenant_all_the_time()
    {
        var (node, hold) = await RenewingAsync();
        using var _ = node;
        var conflicts = 0;
        fault = (name, _) => name == nameof(IStore.CommitAsync) && conflicts++ < 35 ? Task.FromResult<CommitOutcome>(new CommitOutcome.Conflict()) : null;
        hold.Release();
        await RenewedAsync(node);
        Assert.InRange(conflicts, 36, int.MaxValue);
    }

    [Fact]
    public async Task The_token_of_a_setup_too()
    {
        Service.ExpectedErrors = error => error.Id == 230;
        await Client.SetOAuthCredentialAsync(OAuthAdministration.SetOAuth());
        var complete = await Client.SignInAsync();
        using var hold = Simulator.Hold(Endpoint.Token);
        var completing = Client.CompleteOAuthSetupAsync(complete).ResponseAsync;
        await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken);
        var sealedBytes = Exchange([0]);
        // It has to read the record, because another server seems to have written it.
        fault = (name, args) => name == nameof(IStore.CommitAsync) && IsOurs(args[0]) ? Conflict() : null;
        hold.Release();
        await LoggedAsync(460);
        Exchange(sealedBytes);
        fault = (_, _) => null;
        Assert.Equal(WriteResult.Activated, (await completing.WaitAsync(Waiting.Long, TestContext.Current.CancellationToken)).Result);
    }

    [Fact]
    public async Task Contention_while_a_lost_state_is_brought_back_is_no_damage()
    {
        Service.ExpectedErrors = error => error.Id == 200;
        await Client.ConnectAsync();
        await Client.ConnectAsync("other");
        fault = (name, args) => name == nameof(IStore.CommitAsync) && ((Commit)args[0]!).Tenant.ToString() == "acme"
            ? Task.FromResult<CommitOutcome>(new CommitOutcome.Conflict()) : null;
        Execute("UPDATE record SET rev = 1 WHERE tenant = 'acme'");
        await Client.GetActiveCredentialAsync(new() { TenantId = "acme" }).FailsAsync(StatusCode.Unavailable, "STORE_UNAVAILABLE");
        // The others notice nothing.
        Assert.Equal(Availability.Serving, (await Client.StatusAsync("other")).Availability);
        fault = (_, _) => null;
        Assert.Equal(Availability.Serving, (await Client.StatusAsync()).Availability);
        Assert.DoesNotContain(Service.Logs.GetSnapshot(), line => line.Id == 230);
    }

    [Fact]
    public async Task A_damaged_record_is_made_whole_by_the_next_answer_of_a_server_that_holds_it()
    {
        var (node, hold) = await RenewingAsync();
        using var _ = node;
        Execute("UPDATE record SET sealed = x'00' WHERE tenant = 'acme'");
        hold.Release();
        await RenewedAsync(node);
        Assert.DoesNotContain(Service.Logs.GetSnapshot(), line => line.Id.Id is 230 or 460);
    }

    [Fact]
    public async Task A_lost_record_is_not_taken_for_none_by_a_server_that_knew_the_tenant_before_it_was_configured()
    {
        Service.ExpectedErrors = error => error.Id == 230;
        using var watch = Client.WatchActiveCredential(Calls.Watch());
        Assert.Equal(Availability.NotConfigured, (await watch.ResponseStream.NextAsync()).Unavailable.Cause);
        // Another server has configured it, and the store has lost the record.
        Execute("INSERT INTO audit (tenant, n, rev, sealed) VALUES ('acme', 1, 5, x'00')");
        await Client.SetPasswordCredentialAsync(Calls.SetPassword()).FailsAsync(StatusCode.DataLoss, "UNREADABLE");
    }

    private static Task<CommitOutcome> Conflict() => Task.FromResult<CommitOutcome>(new CommitOutcome.Conflict());

    private static bool IsOurs(object? argument) =>
        argument is Commit commit ? commit.Tenant.ToString() == "acme" : argument is IReadOnlyList<TenantId> tenants
        && tenants.Any(tenant => tenant.ToString() == "acme");

    // A rotating renewal is on its way.
    private async Task<(ReportingNode Node, Hold Hold)> RenewingAsync()
    {
        Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = true });
        await Client.ConnectAsync();
        var node = await ReportingNode.OpenAsync(Client);
        var hold = Simulator.Hold(Endpoint.Token, HoldPoint.AfterProcessing);
        Clock.Advance(TimeSpan.FromMinutes(12.5));
        await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken);
        return (node, hold);
    }

    private async Task RenewedAsync(ReportingNode node)
    {
        Assert.NotNull((await node.NextAsync()).Credential);
        var grant = Assert.Single(Simulator.Grants());
        Assert.Equal((null, "1 0"), (grant.End, string.Join(' ', grant.RefreshTokens.Select(token => token.Refreshes))));
        Clock.Advance(TimeSpan.FromMinutes(12.5));
        Assert.NotNull((await node.NextAsync()).Credential);
    }

    private Task LoggedAsync(int id) => Waiting.UntilAsync(() => Service.Logs.GetSnapshot().Any(line => line.Id == id), "it is tried again");

    private byte[] Exchange(byte[] sealedBytes)
    {
        using var connection = Open();
        using var read = connection.CreateCommand();
        read.CommandText = "SELECT sealed FROM record WHERE tenant = 'acme'";
        var before = (byte[])read.ExecuteScalar()!;
        using var write = connection.CreateCommand();
        write.CommandText = "UPDATE record SET sealed = $sealed WHERE tenant = 'acme'";
        write.Parameters.AddWithValue("$sealed", sealedBytes);
        Assert.Equal(1, write.ExecuteNonQuery());
        return before;
    }

    private void Execute(string statement)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        Assert.Equal(1, command.ExecuteNonQuery());
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(directory.Path, "store.db")};Pooling=false");
        connection.Open();
        return connection;
    }
}
