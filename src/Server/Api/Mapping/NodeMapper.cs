using Google.Protobuf.WellKnownTypes;
using GrpcCreds.Server.Rollout;
using GrpcCreds.V1;
using Presence = GrpcCreds.V1.Presence;

namespace GrpcCreds.Server.Api.Mapping;

/// <summary>Maps nodes and their reports between the contract and the server's model.</summary>
internal static class NodeMapper
{
    private const int DefaultPage = 100;

    public static Report Report(NodeReport report) => new(
        TenantId.Parse(report.TenantId),
        report.Revision,
        report.Leaving,
        report.Outcome == ReportedOutcome.Rejected
            ? new((long)report.Revision, (Tenants.Model.FailureClass)report.FailureClass, report.SalesforceCode, 0)
            : null);

    public static ReportResult Result(NodeReport report, Answer answer) => new()
    {
        TenantId = report.TenantId,
        Verdict = (ReportVerdict)answer.Verdict,
        NewestRevision = answer.NewestRevision,
        RetryAfter = answer.RetryAfter?.ToDuration(),
        NotCounted = answer.IsAmbiguous,
    };

    public static ListNodesResponse Page(FleetSnapshot picture, long revision, ListNodesRequest request)
    {
        var size = request.PageSize == 0 ? DefaultPage : request.PageSize;
        var after = NodePageToken.Parse(request.PageToken);
        var page = (after is { } name ? picture.From(name).SkipWhile(node => node.Name == name) : picture.Nodes)
            .Where(node => !request.BehindOnly || (node.IsExpected && !node.HasApplied(revision)))
            .Take(size + 1).ToList();
        var response = new ListNodesResponse
        {
            NextPageToken = page.Count > size ? NodePageToken.Of(page[size - 1].Name) : "",
            Rollout = StatusMapper.Of(picture.Nodes.Length > 0 ? picture.Count(revision) : null),
        };
        response.Nodes.AddRange(page.Take(size).Select(node => Node(node, picture.Time)));
        return response;
    }

    private static Node Node(FleetNode node, long now)
    {
        var result = new Node
        {
            NodeId = node.Name.NodeId,
            Caller = node.Name.Caller,
            InstanceId = node.Name.InstanceId,
            Presence = (Presence)node.Presence,
            SentRevision = node.Sent,
            AppliedRevision = node.Applied,
            ApplyTime = node.AppliedTime > 0 ? Time(node.AppliedTime) : null,
            LastSeenTime = Time(node.SeenAt(now)),
        };
        if (node.Rejection is { } rejection)
        {
            result.RejectedRevision = rejection.Revision;
            result.Failure = new()
            {
                FailureClass = (V1.FailureClass)rejection.Class,
                SalesforceCode = rejection.Code,
                Advice = RejectionAdvice.Of(rejection.Class),
                Time = Time(rejection.Time),
            };
        }
        return result;
    }

    private static Timestamp Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms).ToTimestamp();
}
