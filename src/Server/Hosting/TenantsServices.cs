using GrpcCreds.Server.Accounts;
using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Following;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Hosting;

/// <summary>Registers the records, the only access to them, and what keeps this server's view of them current.</summary>
internal static class TenantsServices
{
    public static IServiceCollection AddCredentials(this IServiceCollection services)
    {
        services.AddSingleton<RecordSealer>().AddSingleton<CommitMaker>().AddSingleton<TenantRecords>();
        services.AddSingleton<RollbackRepair>().AddSingleton<ResumeTokens>().AddSingleton<CommitSender>();
        services.AddSingleton<View>().AddSingleton<RevisionAges>().AddSingleton<ChangePositions>().AddSingleton<StoreHealth>();
        services.AddSingleton<DueSignal>().AddSingleton<TenantList>();
        services.AddSingleton<AccountPrints>().AddSingleton<AccountSealer>().AddSingleton<LoginGuard>();
        services.AddSingleton<WriteBlock>(provider => () => provider.GetRequiredService<StoreHealth>().WriteBlock);
        // In this order: keys before the first read of the store, and that read before the first call and the first health check.
        services.AddHostedService<StartUp>().AddHostedService<Follower>().AddHostedService<Inspector>();
        services.AddSingleton<AboutThisServer>(provider => () => HeldKeys.Of(provider.GetRequiredService<Sealer>()).ToString());
        services.AddSingleton<ClusterMembers>().AddHostedService(provider => provider.GetRequiredService<ClusterMembers>());
        // After the first heartbeat, which shows this server's keys to the other servers.
        services.AddSingleton<KeyDirectory>().AddSingleton<KeyStatus>().AddHostedService<KeyRotationWorker>().AddHostedService<ResealWorker>();
        services.AddHealthChecks().AddCheck<StoreHealthCheck>("store").AddCheck<KeysHealthCheck>("keys");
        return services;
    }
}
