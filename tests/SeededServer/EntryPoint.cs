using GrpcCreds.Server;
using GrpcCreds.Server.Hosting;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GrpcCreds.SeededServer;

/// <summary>The real service, with the one bug that GRPCCREDS_SEEDED_BUG names put around it. The product itself knows no bug.</summary>
internal static class EntryPoint
{
    private static Task Main(string[] args) => ServiceHost.Build(args, Seed).RunAsync();

    private static void Seed(WebApplicationBuilder builder)
    {
        switch (Environment.GetEnvironmentVariable("GRPCCREDS_SEEDED_BUG"))
        {
            case nameof(AnswerBeforeCommit):
                Decorate(builder, (_, store) => new AnswerBeforeCommit(store));
                break;
            case nameof(StreamBeforeCommit):
                Decorate(builder, (services, store) => new StreamBeforeCommit(store, services));
                break;
            case nameof(NoCompare):
                Decorate(builder, (_, store) => new NoCompare(store));
                break;
            case nameof(HintAsTruth):
                Decorate(builder, (_, store) => new HintAsTruth(store));
                break;
            case nameof(ClaimNotDurable):
                Decorate(builder, (services, store) => new ClaimNotDurable(store, services));
                break;
            case nameof(ResendInDoubt):
                Decorate(builder, (services, store) => new ResendInDoubt(store, services));
                break;
            case nameof(SendBeforeRecord):
                Decorate(builder, (_, store) => new SendBeforeRecord(store));
                break;
            case nameof(RecordUnsealed):
                Decorate(builder, (services, store) => new RecordUnsealed(store, services));
                break;
            case nameof(RequestInLog):
                builder.Services.Configure<Grpc.AspNetCore.Server.GrpcServiceOptions>(grpc => grpc.Interceptors.Add<RequestInLog>());
                break;
            case nameof(OneReplicaIsEnough):
                Confirm(builder, (redis, primary, lane, quorum, key) => new OneReplicaIsEnough(redis, primary, lane, quorum, key));
                break;
            case nameof(ReadsUnconfirmed):
                Confirm(builder, (redis, primary, lane, quorum, key) => new ReadsUnconfirmed(redis, primary, lane, quorum, key));
                break;
            case nameof(WaitWithoutMark):
                Confirm(builder, (redis, primary, lane, quorum, key) => new WaitWithoutMark(redis, primary, lane, quorum, key));
                break;
            case nameof(OldConfirmation):
                Confirm(builder, (redis, primary, lane, quorum, key) => new OldConfirmation(redis, primary, lane, quorum, key));
                break;
            case nameof(AnyNodeConfirms):
                Confirm(builder, (redis, primary, lane, quorum, key) => new AnyNodeConfirms(redis, primary, lane, quorum, key));
                break;
            case nameof(NoAssociatedData):
                builder.Services.AddSingleton<Sealer, NoAssociatedData>();
                break;
            case var unknown:
                throw new InvalidOperationException($"there is no seeded bug '{unknown}'");
        }
    }

    private static void Confirm(WebApplicationBuilder builder, MakeBarrier barriers)
    {
        builder.Services.AddStore(builder.Configuration);
        builder.Services.AddSingleton<IStore>(services =>
        {
            var options = services.GetRequiredService<IOptions<StoreOptions>>();
            var target = RedisSettings.Parse(
                builder.Configuration.GetConnectionString("Redis")!, options.Value, services.GetRequiredService<IOptions<RedisOptions>>().Value);
            return new RedisStore(target, options, services.GetRequiredService<BackgroundWork>(), services.GetRequiredService<ILogger<RedisStore>>(),
                services.GetRequiredService<StoreDamage>()) { Barriers = barriers };
        });
    }

    private static void Decorate(WebApplicationBuilder builder, Func<IServiceProvider, IStore, IStore> decorate)
    {
        builder.Services.AddStore(builder.Configuration);
        var real = builder.Services.Last(service => service.ServiceType == typeof(IStore));
        builder.Services.Remove(real);
        builder.Services.AddSingleton(services => decorate(services, (IStore)real.ImplementationFactory!(services)));
    }
}
