using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Client;

/// <summary>One call of ReportCredentials, in the test's hands.</summary>
internal sealed class ScriptedReport(ReportCredentialsRequest request, ServerCallContext context)
{
    private readonly TaskCompletionSource<ReportCredentialsResponse> response = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ReportCredentialsRequest Request => request;

    public string? Authorization { get; } = context.RequestHeaders.GetValue("authorization");

    public Task<ReportCredentialsResponse> Response => response.Task;

    /// <summary>The reports, as "acme 7 Applied", "acme 7 Rejected SessionRefused INVALID_SESSION_ID" or "acme leaves", by tenant.</summary>
    public IReadOnlyList<string> Said => [.. request.Reports.Select(Text).Order(StringComparer.Ordinal)];

    /// <summary>ResultCommitter all reports alike.</summary>
    public void Answer(ReportVerdict verdict, TimeSpan? retryAfter = null) => response.TrySetResult(new ReportCredentialsResponse
    {
        Results =
        {
            request.Reports.Select(report => new ReportResult
            {
                TenantId = report.TenantId,
                Verdict = verdict,
                NewestRevision = report.Revision,
                RetryAfter = retryAfter is { } wait ? Duration.FromTimeSpan(wait) : null,
            }),
        },
    });

    public void Fail(StatusCode status, string detail = "scripted") => response.TrySetException(new RpcException(new Status(status, detail)));

    private static string Text(NodeReport report) => report switch
    {
        { Leaving: true } => $"{report.TenantId} leaves",
        { Outcome: ReportedOutcome.Applied } => $"{report.TenantId} {report.Revision} Applied",
        _ => $"{report.TenantId} {report.Revision} {report.Outcome} {report.FailureClass} {report.SalesforceCode}",
    };
}
