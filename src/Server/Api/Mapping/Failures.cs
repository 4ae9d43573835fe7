using Google.Protobuf.WellKnownTypes;

namespace GrpcCreds.Server.Api.Mapping;

/// <summary>Maps a failure to the contract.</summary>
internal static class Failures
{
    public static V1.Failure? Map(Tenants.Model.Failure? failure) => failure is null ? null : new V1.Failure
    {
        FailureClass = (V1.FailureClass)failure.Class,
        SalesforceCode = failure.SalesforceCode ?? "",
        Advice = failure.Advice,
        Time = failure.Time.ToTimestamp(),
    };
}
