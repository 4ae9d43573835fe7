using Google.Rpc;
using Grpc.Core;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Api;

/// <summary>However many faults a request has, its error fits into the trailers that every client accepts.</summary>
public sealed class TrailersTests : ServiceTest
{
    [Fact]
    public async Task Of_a_thousand_wrong_tenants_those_that_fit_are_named_and_the_rest_is_counted()
    {
        var request = new WatchActiveCredentialRequest { NodeId = "a b" };
        request.Tenants.AddRange(Enumerable.Range(0, 1000).Select(number => new WatchedTenant { TenantId = $"Tenant {number}", KnownRevision = -1 }));
        using var watch = Client.WatchActiveCredential(request);
        var error = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.InRange(SizeOf(error), TrailerBudget.Bytes / 2, TrailerBudget.Bytes);
        var violations = error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations;
        // Faults of the request itself come before faults in its lists.
        Assert.Equal("node_id", violations[0].Field);
        Assert.EndsWith($"; and {2001 - violations.Count} more", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("INVALID_FIELDS", error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
    }

    [Fact]
    public async Task A_thousand_wrong_reports_fit_too()
    {
        var request = new ReportCredentialsRequest { NodeId = "node-1" };
        request.Reports.AddRange(Enumerable.Range(0, 1000).Select(number => new NodeReport { TenantId = $"Tenant {number}" }));
        var error = await Assert.ThrowsAsync<RpcException>(() => Client.ReportCredentialsAsync(request).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.InRange(SizeOf(error), TrailerBudget.Bytes / 2, TrailerBudget.Bytes);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("ü")]
    [InlineData("%")]
    [InlineData("😀")]
    public void A_long_text_is_cut(string letter)
    {
        var error = Errors.Of(Reason.StoreUnavailable, string.Concat(Enumerable.Repeat(letter, 10_000)));
        Assert.InRange(SizeOf(error), TrailerBudget.Bytes / 2, TrailerBudget.Bytes);
        Assert.Contains(letter + "… (try again in ", error.Status.Detail, StringComparison.Ordinal);
        Assert.NotNull(error.GetRpcStatus()!.GetDetail<RetryInfo>());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100)]
    public void Any_number_of_violations_of_any_length_fits(int count)
    {
        for (var length = 1; length < 3_000; length = (length * 2) + 1)
        {
            var error = Errors.Of(Refusal.Invalid([.. Enumerable.Range(0, count).Select(at => new FieldViolation($"f{at}", new string('x', length)))]));
            Assert.True(SizeOf(error) <= TrailerBudget.Bytes);
            Assert.NotEmpty(error.Status.Detail);
        }
    }

    // As they are sent.
    private static int SizeOf(RpcException error) => "grpc-message".Length + "grpc-status-details-bin".Length
        + System.Text.Encoding.UTF8.GetBytes(error.Status.Detail).Sum(b => b is < 0x20 or > 0x7e or (byte)'%' ? 3 : 1)
        + ((error.Trailers.GetValueBytes("grpc-status-details-bin")!.Length + 2) / 3 * 4);
}
