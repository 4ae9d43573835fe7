using GrpcCreds.Server.Accounts;
using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Following;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Hosting;

/// <summary>Registers the records, their one door, and what keeps this server's view of them current.</summary>
internal static class TenantsServices
{
    public static IServiceCollection AddCredentials(this IServiceCollection services)
    {
        services.AddSingleton<RecordSealer>().AddSingleton<CommitMaker>().AddSingleton<TenantRecords>().AddSingleton<RollbackRepair>().AddSingleton<ResumeTokens>().AddSingleton<CommitSender>();
        services.AddSingleton<View>().AddSingleton<RevisionAges>().AddSingleton<ChangePositions>().AddSingleton<StoreHealth>().AddSingleton<DueSignal>().AddSingleton<TenantList>();
        services.AddSingleton<AccountPrints>().AddSingleton<AccountSealer>().AddSingleton<LoginGuard>();
        services.AddSingleton<WriteBlock>(provider => () => provider.GetRequiredService<StoreHealth>().WriteBlock);
        // In this order: keys before the first look, the first look before the first call and the first health check.
        services.AddHostedService<StartUp>().AddHostedService<Follower>().AddHostedService<Inspector>();
        services.AddSingleton<AboutThisServer>(provider => () => HeldKeys.Of(provider.GetRequiredService<Sealer>()).ToString());
        services.AddSingleton<ClusterMembers>().AddHostedService(provider => provider.GetRequiredService<ClusterMembers>());
        // After the first sign of life, which shows the others our keys.
        services.AddSingleton<KeyDirectory>().AddSingleton<KeyStatus>().AddHostedService<KeyRotationWorker>().AddHostedService<ResealWorker>();
        services.AddHealthChecks().AddCheck<StoreHealthCheck>("store").AddCheck<KeysHealthCheck>("keys");
        return services;
    }
}
