using GrpcCreds.Server.Accounts;
using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Following;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Hosting;

/// <summary>Registers the records, their one door, and what keeps this server's view of them current.</summary>
internal static class CredentialsServices
{
    public static IServiceCollection AddCredentials(this IServiceCollection services)
    {
        services.AddSingleton<RecordSealer>().AddSingleton<CommitMaker>().AddSingleton<Ledger>().AddSingleton<Healer>().AddSingleton<ResumeTokens>().AddSingleton<CommitSender>();
        services.AddSingleton<View>().AddSingleton<FirstSight>().AddSingleton<SeqCursors>().AddSingleton<StoreHealth>().AddSingleton<DueBell>().AddSingleton<TenantList>();
        services.AddSingleton<AccountPrints>().AddSingleton<AccountSealer>().AddSingleton<AccountLedger>();
        services.AddSingleton<WriteObstacle>(provider => () => provider.GetRequiredService<StoreHealth>().WriteObstacle);
        // In this order: keys before the first look, the first look before the first call and the first health check.
        services.AddHostedService<StartUp>().AddHostedService<Follower>().AddHostedService<Inspector>();
        services.AddSingleton<Servers>().AddHostedService(provider => provider.GetRequiredService<Servers>());
        // After the first sign of life, which shows the others our keys.
        services.AddSingleton<KeyDirectory>().AddSingleton<KeyStanding>().AddHostedService<KeyKeeper>().AddHostedService<Resealer>();
        services.AddHealthChecks().AddCheck<StoreHealthCheck>("store").AddCheck<KeysHealthCheck>("keys");
        return services;
    }
}
