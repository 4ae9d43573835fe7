using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Salesforce.Http;
using Xunit;

namespace GrpcCreds.Tests.Salesforce;

/// <summary>Every way in which the bytes of an answer do not come as they should, and limits with which none of them takes long.</summary>
internal static class Deliveries
{
    public static readonly CallLimits Short = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), 64 * 1024);

    private static readonly Dictionary<string, Failure> All = new()
    {
        ["slow headers"] = Failure.SlowHeaders(),
        ["dribbled body"] = Failure.DribbledBody(TimeSpan.FromMilliseconds(100)),
        ["endless body"] = Failure.EndlessBody(),
        ["oversized body"] = Failure.Oversized(70_000),
        ["length above the truth"] = Failure.LyingContentLength(10),
        ["length below the truth"] = Failure.LyingContentLength(-10),
        ["broken off"] = Failure.Truncated(),
        ["reset before processing"] = Failure.ResetBeforeProcessing(),
        ["reset after processing"] = Failure.ResetAfterProcessing(),
    };

    public static TheoryData<string> Names => [.. All.Keys];

    public static Failure Of(string name) => All[name];
}
