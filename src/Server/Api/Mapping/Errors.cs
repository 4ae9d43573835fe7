using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using GrpcCreds.Server.Callers.Limits;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using GrpcCreds.V1;
using Status = Google.Rpc.Status;

namespace GrpcCreds.Server.Api.Mapping;

/// <summary>Makes the errors of the contract: a google.rpc.Status whose ErrorInfo has a published reason.</summary>
internal static class Errors
{
    public const string Domain = "grpccreds";

    /// <summary>The retry delay after a failure of the store or while a server stops.</summary>
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    public static RpcException Of(Refusal refusal)
    {
        var code = CodeOf(refusal.Reason);
        var info = new ErrorInfo { Domain = Domain, Reason = NameOf(refusal.Reason) };
        var retry = code is StatusCode.Unavailable or StatusCode.ResourceExhausted
            ? new RetryInfo { RetryDelay = (refusal.RetryAfter ?? Backoff.Spread(RetryDelay)).ToDuration() }
            : null;
        // The text names the delay too: not every client shows the details.
        var wait = retry is null ? "" : $" (try again in {retry.RetryDelay.ToTimeSpan().InWords()})";
        return TrailerBudget.Fit(refusal, (text, violations) =>
        {
            var status = new Status { Code = (int)code, Message = text + wait, Details = { Any.Pack(info) } };
            if (violations.Count > 0)
                status.Details.Add(Any.Pack(BadRequest(violations)));
            if (retry is not null)
                status.Details.Add(Any.Pack(retry));
            return status;
        }).ToRpcException();
    }

    /// <summary>
    /// The same error for a missing role, another caller's tenant, a tenant that does not exist and an invalid name, so that the caller cannot tell them
    /// apart.
    /// </summary>
    public static RpcException NotPermitted() =>
        Of(Reason.NotPermitted, "this caller may not make this call for this tenant, or there is no such tenant; see the grants in Callers:File");

    public static RpcException Unauthenticated() =>
        Of(
            Reason.Unauthenticated,
            "the caller is not authenticated: send a client certificate, or 'authorization: Bearer' with a token or an API key; "
            + "the service's log has the cause");

    public static RpcException LimitReached(LimitReached reached) => Of(new Refusal(
        Reason.LimitReached, $"more than {reached.Setting} allows", []) { RetryAfter = Backoff.Spread(reached.RetryAfter) });

    /// <summary>The error for a request that is not gRPC or not a message of the call. The text repeats nothing of the request.</summary>
    public static RpcException Malformed(StatusCode code, string text, int httpStatus = StatusCodes.Status200OK)
    {
        var status = new Status { Code = (int)code, Message = text };
        status.Details.Add(Any.Pack(new ErrorInfo { Domain = Domain, Reason = NameOf(Reason.MalformedRequest) }));
        var error = status.ToRpcException();
        error.Data[nameof(StatusCodes)] = httpStatus;
        return error;
    }

    /// <summary>Compressed requests are not accepted: a few bytes could decompress to gigabytes.</summary>
    public static RpcException Compressed() =>
        Of(Reason.Compressed, "the request is compressed, which this service does not accept; send it with grpc-encoding identity");

    public static RpcException TooLarge(int maxBytes) => Of(new Refusal(
        Reason.LimitReached, $"the message is larger than the {maxBytes} bytes this call accepts; calls with lists accept Limits:MessageBytes", []));

    /// <summary>The ErrorInfo reason of an error of the contract.</summary>
    public static string ReasonOf(RpcException error) => error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason;

    public static int HttpStatusOf(RpcException error) => error.Data[nameof(StatusCodes)] as int? ?? StatusCodes.Status200OK;

    public static RpcException Of(Reason reason, string text) => Of(new Refusal(reason, text));

    /// <summary>The reason's name on the wire: its name in the contract without the prefix.</summary>
    public static string NameOf(Reason reason) =>
        ErrorReasonReflection.Descriptor.EnumTypes[0].FindValueByNumber((int)reason).Name["ERROR_REASON_".Length..];

    private static StatusCode CodeOf(Reason reason) => reason switch
    {
        Reason.InvalidFields => StatusCode.InvalidArgument,
        Reason.EtagMismatch or Reason.CandidateChanged or Reason.TestInProgress or Reason.Contention or Reason.StreamReplaced => StatusCode.Aborted,
        Reason.NothingToActivate or Reason.NothingToTest or Reason.NothingToRotate or Reason.NothingToSetUp or Reason.CredentialInUse
            or Reason.OauthNotConfigured or Reason.OauthStateInvalid or Reason.OauthStateExpired or Reason.OauthStateUsed
            or Reason.OauthStateSuperseded => StatusCode.FailedPrecondition,
        Reason.AccountProtected or Reason.LimitReached => StatusCode.ResourceExhausted,
        Reason.RequestIdReused => StatusCode.AlreadyExists,
        Reason.StoreUnavailable or Reason.StoreBehind or Reason.ShuttingDown or Reason.StreamExpired or Reason.IssuerUnavailable => StatusCode.Unavailable,
        Reason.Compressed => StatusCode.Unimplemented,
        Reason.Unauthenticated => StatusCode.Unauthenticated,
        Reason.NotPermitted => StatusCode.PermissionDenied,
        Reason.Unreadable => StatusCode.DataLoss,
        _ => StatusCode.Internal,
    };

    private static BadRequest BadRequest(IReadOnlyList<FieldViolation> violations)
    {
        var badRequest = new BadRequest();
        badRequest.FieldViolations.AddRange(violations.Select(
            violation => new BadRequest.Types.FieldViolation { Field = violation.Field, Description = violation.Description }));
        return badRequest;
    }
}
