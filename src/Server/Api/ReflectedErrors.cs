using Google.Rpc;
using Grpc.Health.V1;
using Grpc.Reflection;
using GrpcCreds.V1;

namespace GrpcCreds.Server.Api;

/// <summary>Reflection that includes the error details: no message of the contract refers to them, and grpcurl cannot show types it does not know.</summary>
internal static class ReflectedErrors
{
    private static readonly string[] Services =
        [
            SyncCredentials.Descriptor.FullName, Health.Descriptor.FullName,
            Grpc.Reflection.V1.ServerReflection.Descriptor.FullName, Grpc.Reflection.V1Alpha.ServerReflection.Descriptor.FullName,
        ];

    public static IServiceCollection AddReflectionOfErrors(this IServiceCollection services)
    {
        var files = SymbolRegistry.FromFiles(
        [
            SyncCredentialsReflection.Descriptor, ErrorReasonReflection.Descriptor,
            HealthReflection.Descriptor, ErrorDetailsReflection.Descriptor, StatusReflection.Descriptor,
            Grpc.Reflection.V1.ReflectionReflection.Descriptor, Grpc.Reflection.V1Alpha.ReflectionReflection.Descriptor,
        ]);
        return services.AddSingleton(new ReflectionServiceImpl(Services, files)).AddSingleton(new ReflectionV1ServiceImpl(Services, files));
    }
}
