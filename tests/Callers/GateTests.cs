using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using GrpcCreds.Tests.Attacks;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.Logging;
using Xunit;

namespace GrpcCreds.Tests.Callers;

/// <summary>Decisions made before gRPC sees a call: the caller is checked before the body, and a request that is not a call gets one defined status.</summary>
public sealed class GateTests : IAsyncLifetime
{
    private const string Service = "/grpccreds.v1.SyncCredentials/", Status = Service + "GetCredentialStatus", Secret = "pa55-word-nobody-may-see";

    private static readonly byte[] Good = Message(new GetCredentialStatusRequest { TenantId = CallersWorld.Own });

    private CallersWorld? world;
    private HttpMessageInvoker? http;

    private CallersWorld World => world!;

    public static TheoryData<string, byte[], StatusCode, string> Bodies => new()
    {
        { "nothing", [], StatusCode.Unimplemented, "MALFORMED_REQUEST" },
        { "a part of a frame's head", [0, 0], StatusCode.InvalidArgument, "MALFORMED_REQUEST" },
        { "a length beyond the end", [0, 0, 0, 0, 9, 1], StatusCode.InvalidArgument, "MALFORMED_REQUEST" },
        { "a length of 4 GB", [0, 0xff, 0xff, 0xff, 0xff, 1], StatusCode.ResourceExhausted, "LIMIT_REACHED" },
        { "a length beyond the limit", [0, 0, 0, 0x20, 0x01, 1], StatusCode.ResourceExhausted, "LIMIT_REACHED" },
        { "a length before the end", [0, 0, 0, 0, 0, .. "more"u8], StatusCode.Unimplemented, "MALFORMED_REQUEST" },
        { "two messages", [.. Good, .. Good], StatusCode.Unimplemented, "MALFORMED_REQUEST" },
        { "an unknown flag", [2, .. Good.AsSpan(1)], StatusCode.Internal, "MALFORMED_REQUEST" },
        { "all flags", [255, .. Good.AsSpan(1)], StatusCode.Internal, "MALFORMED_REQUEST" },
        { "a compressed message without an encoding", [1, .. Good.AsSpan(1)], StatusCode.Unimplemented, "COMPRESSED" },
        { "no UTF-8", Framed([0x0a, (byte)(Secret.Length + 1), .. Encoding.ASCII.GetBytes(Secret), 0xff]), StatusCode.InvalidArgument, "MALFORMED_REQUEST" },
        { "a field cut short", Framed([0x0a, 0x7f, .. Encoding.ASCII.GetBytes(Secret)]), StatusCode.InvalidArgument, "MALFORMED_REQUEST" },
        { "a negative length", Framed([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]), StatusCode.InvalidArgument, "MALFORMED_REQUEST" },
        { "a group without end", Framed([0x0b]), StatusCode.InvalidArgument, "MALFORMED_REQUEST" },
        { "field 0", Framed([0x00]), StatusCode.InvalidArgument, "MALFORMED_REQUEST" },
        { "a number without end", Framed([0x08, .. Enumerable.Repeat((byte)0xff, 20)]), StatusCode.InvalidArgument, "MALFORMED_REQUEST" },
        { "groups in groups", Framed([.. Enumerable.Repeat((byte)0x0b, 500)]), StatusCode.InvalidArgument, "MALFORMED_REQUEST" },
    };

    public async ValueTask InitializeAsync()
    {
        world = await CallersWorld.StartAsync();
        http = new HttpMessageInvoker(world.Handler());
    }

    public async ValueTask DisposeAsync()
    {
        http!.Dispose();
        await World.DisposeAsync();
    }

    [Theory, MemberData(nameof(Bodies))]
    public async Task A_body_that_is_no_message_of_the_call_ends_in_a_defined_status(string what, byte[] body, StatusCode code, string reason)
    {
        // No error is logged: the world would fail.
        await RefusedAsync(Status, body, As("viewer"), code, reason);
        // A call that answers with a stream, and one of a list, look alike.
        await RefusedAsync(Service + "ListNodes", body, As("viewer"), code, reason);
        if (what != "a length beyond the limit")
        {
            await RefusedAsync(Service + "WatchCredentialStatus", body, As("viewer"), code, reason);
            await RefusedAsync(Service + "WatchActiveCredential", body, As("node"), code, reason);
        }
        // An unauthenticated caller learns nothing about the body.
        await RefusedAsync(Status, body, null, StatusCode.Unauthenticated, "UNAUTHENTICATED");
        // Health needs no authentication.
        await RefusedAsync("/grpc.health.v1.Health/Check", body, null, code, reason);
        Assert.Equal(Availability.NotConfigured, (await World.As("viewer").StatusAsync()).Availability);
        Assert.DoesNotContain(World.Service.Logs.GetSnapshot(), record =>
            record.Level >= LogLevel.Warning && record.Category?.StartsWith("GrpcCreds.Server.Time", StringComparison.Ordinal) != true
            || record.ToString().Contains(Secret, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    [InlineData("nonsense")]
    [InlineData("identity,gzip")]
    public async Task Compressed_requests_are_refused_before_anything_is_unpacked(string encoding)
    {
        var body = RawHttp2.Message(1, Gzip(new byte[1_000_000]));
        void Sent(HttpRequestMessage request) => request.Headers.TryAddWithoutValidation("grpc-encoding", encoding);
        foreach (var call in new[] { Status, Service + "WatchCredentialStatus" })
        {
            var answer = await RefusedAsync(call, body, As("viewer") + Sent, StatusCode.Unimplemented, "COMPRESSED");
            Assert.Equal("identity", answer.AcceptEncoding);
        }
        await RefusedAsync(Status, body, Sent, StatusCode.Unauthenticated, "UNAUTHENTICATED");
        await RefusedAsync("/grpc.health.v1.Health/Check", body, Sent, StatusCode.Unimplemented, "COMPRESSED");
        await RefusedAsync("/grpc.health.v1.Health/Watch", body, Sent, StatusCode.Unimplemented, "COMPRESSED");
    }

    [Fact]
    public async Task Identity_is_no_compression_and_a_client_that_could_take_gzip_gets_none()
    {
        var answer = await RawAnswer.CallAsync(http!, World.Service.Grpc, Status, Good, As("viewer") + (request =>
        {
            request.Headers.TryAddWithoutValidation("grpc-encoding", "identity");
            request.Headers.TryAddWithoutValidation("grpc-accept-encoding", "gzip, identity");
        }));
        Assert.Equal((HttpStatusCode.OK, "0"), (answer.Http, answer.GrpcStatus));
    }

    [Theory]
    [InlineData("999999999H", false)]
    [InlineData("soon", false)]
    [InlineData("", false)]
    [InlineData("-1S", false)]
    [InlineData("1 S", false)]
    [InlineData("1.5S", false)]
    [InlineData("99999999H", true)]
    [InlineData("5S", true)]
    public async Task A_timeout_that_is_none_is_refused_and_the_longest_is_taken(string timeout, bool isGood)
    {
        void Sent(HttpRequestMessage request) => request.Headers.TryAddWithoutValidation("grpc-timeout", timeout);
        if (isGood)
            Assert.Equal("0", (await RawAnswer.CallAsync(http!, World.Service.Grpc, Status, Good, As("viewer") + Sent)).GrpcStatus);
        else
            await RefusedAsync(Status, Good, As("viewer") + Sent, StatusCode.InvalidArgument, "MALFORMED_REQUEST");
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/grpcx")]
    [InlineData(null)]
    public async Task What_is_no_gRPC_is_told_so(string? contentType)
    {
        var answer = await RawAnswer.CallAsync(http!, World.Service.Grpc, Status, Good, request =>
            request.Content!.Headers.ContentType = contentType is null ? null : new MediaTypeHeaderValue(contentType));
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "3", "MALFORMED_REQUEST"), (answer.Http, answer.GrpcStatus, answer.Reason));
        answer = await RawAnswer.CallAsync(http!, World.Service.Grpc, Status, Good, request => request.Method = HttpMethod.Put);
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "13", "MALFORMED_REQUEST"), (answer.Http, answer.GrpcStatus, answer.Reason));
        answer = await RawAnswer.CallAsync(http!, World.Service.Grpc, Service + "NoSuchCall", Good);
        Assert.Equal((HttpStatusCode.OK, "12"), (answer.Http, answer.GrpcStatus));
    }

    // Routing would find a call by each of these.
    [Theory]
    [InlineData("/grpccreds.v1.SyncCredentials/getcredentialstatus")]
    [InlineData("/GRPCCREDS.V1.SYNCCREDENTIALS/GetCredentialStatus")]
    [InlineData("/grpccreds.v1.SyncCredentials/GetCredentialStatus/")]
    [InlineData("/grpccreds.v1.SyncCredentials/%47etCredentialStatus/")]
    [InlineData("/grpc.health.v1.Health/check")]
    [InlineData("/grpc.health.v1.Health/Check/")]
    [InlineData("/Grpc.Reflection.V1alpha.ServerReflection/ServerReflectionInfo")]
    public async Task A_call_by_another_spelling_of_its_name_is_none(string path)
    {
        foreach (var body in new[] { Good, [0, 0, 0, 0, 3, 0xff, 0xff, 0xff] })
        {
            var answer = await RawAnswer.CallAsync(http!, World.Service.Grpc, path, body);
            Assert.Equal((HttpStatusCode.OK, "12"), (answer.Http, answer.GrpcStatus));
        }
    }

    [Fact]
    public async Task Only_calls_of_lists_take_more_than_a_few_kilobytes()
    {
        var large = new string('a', 10_000);
        var answer = await RefusedAsync(
            Service + "GetCredentialStatus", Message(new GetCredentialStatusRequest { TenantId = large }),
            As("viewer"), StatusCode.ResourceExhausted, "LIMIT_REACHED");
        Assert.Contains("8192 bytes", answer.Text, StringComparison.Ordinal);
        // Larger than what one call may have lying here unread.
        var watch = new WatchActiveCredentialRequest();
        watch.Tenants.AddRange(Enumerable.Range(0, 1000)
            .Select(number => new WatchedTenant { TenantId = $"{new string('t', 59)}{number:0000}", KnownRevision = long.MaxValue }));
        using var fits = World.As("all-node").WatchActiveCredential(watch);
        Assert.NotNull(await fits.ResponseStream.NextAsync());
        var tooMuch = new ReportCredentialsRequest { NodeId = new string('n', 300_000) };
        var refused = await RefusedAsync(Service + "ReportCredentials", Message(tooMuch), As("node"), StatusCode.ResourceExhausted, "LIMIT_REACHED");
        Assert.Contains("Limits:MessageBytes", refused.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(60_000)]
    public async Task Metadata_over_the_limit_is_refused_with_the_limits_name(int bytes)
    {
        void Sent(HttpRequestMessage request) => request.Headers.TryAddWithoutValidation("x-long", Enumerable.Repeat(new string('x', 10_000), bytes / 10_000));
        foreach (var change in new[] { As("viewer") + Sent, Sent })
        {
            var answer = await RefusedAsync(Status, Good, change, StatusCode.ResourceExhausted, "LIMIT_REACHED");
            Assert.Contains("Limits:MetadataBytes", answer.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_stranger_is_refused_while_its_body_is_still_to_come()
    {
        // A node may not ask for a status, whatever it would send.
        foreach (var headers in new[] { RawHttp2.Call(Status), RawHttp2.Call(Status, ("authorization", $"Bearer {World.Issuer.Token("node")}")) })
        {
            await using var client = await RawHttp2.OpenAsync(World.Service.Grpc, TestContext.Current.CancellationToken);
            var stream = client.NextStream();
            await client.SendAsync([.. RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndHeaders, stream, headers),
                .. RawHttp2.Frame(RawHttp2.Data, 0, stream, RawHttp2.Message(0, new byte[100]).AsSpan(0, 50))]);
            await Waiting.UntilAsync(() => client.Received(RawHttp2.Headers) == 1 && client.Received(RawHttp2.Reset) == 1,
                "it is answered, and told to send no more");
        }
    }

    [Fact]
    public async Task A_hundred_streams_of_one_connection_leave_room_for_more()
    {
        var handler = World.Handler();
        handler.EnableMultipleHttp2Connections = false;
        using var channel = GrpcChannel.ForAddress(World.Service.Grpc, new() { HttpHandler = handler, DisposeHttpClient = true });
        var node = World.On(channel, "node");
        var streams = Enumerable.Range(0, 150).Select(_ => node.WatchActiveCredential(Calls.Watch())).ToList();
        await Task.WhenAll(streams.Select(stream => stream.ResponseStream.NextAsync()));
        Assert.Equal(Availability.NotConfigured, (await World.On(channel, "viewer")
            .GetCredentialStatusAsync(new() { TenantId = CallersWorld.Own }, deadline: DateTime.UtcNow + Waiting.Long)).Status.Availability);
        streams.ForEach(stream => stream.Dispose());
    }

    [Fact]
    public async Task Health_answers_many_but_not_any_number_from_one_address()
    {
        var health = new Health.HealthClient(World.Invoker());
        var codes = new List<StatusCode>();
        for (var i = 0; i < 5_000 && !codes.Contains(StatusCode.ResourceExhausted); i += 50)
        {
            codes.AddRange(await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
            {
                try
                {
                    await health.CheckAsync(new());
                    return StatusCode.OK;
                }
                catch (RpcException e)
                {
                    e.Is(StatusCode.ResourceExhausted, "LIMIT_REACHED");
                    return e.StatusCode;
                }
            })));
        }
        Assert.Contains(StatusCode.ResourceExhausted, codes);
        Assert.True(codes.Count(code => code == StatusCode.OK) > 100);
        Assert.Equal(Availability.NotConfigured, (await World.As("viewer").StatusAsync()).Availability);
    }

    [Fact]
    public async Task Refused_calls_are_logged_as_a_rate()
    {
        for (var i = 0; i < 300; i++)
            await World.Nobody.GetCredentialStatusAsync(new() { TenantId = CallersWorld.Own }).FailsAsync(StatusCode.Unauthenticated, "UNAUTHENTICATED");
        var log = (Server.Callers.RefusalLog)World.Service.Services.GetService(typeof(Server.Callers.RefusalLog))!;
        for (var i = 0; i < 300; i++)
            log.Add("ipv4:192.0.2.1", $"kind {i}");
        IEnumerable<Microsoft.Extensions.Logging.Testing.FakeLogRecord> Told(int id) => World.Service.Logs.GetSnapshot().Where(record => record.Id.Id == id);
        await Waiting.UntilAsync(() => Told(124).Sum(Count) >= 299 && Told(125).Sum(Count) >= 200, "the window is over");
        Assert.InRange(Told(123).Count() + Told(124).Count() + Told(125).Count(), 3, 80);
        Assert.True(Told(123).Count(record => record.Message.Contains("neither", StringComparison.Ordinal)) + Told(124).Sum(Count) >= 300);

        static long Count(Microsoft.Extensions.Logging.Testing.FakeLogRecord record) =>
            long.Parse(record.GetStructuredStateValue("Count")!, CultureInfo.InvariantCulture);
    }

    private static byte[] Message(IMessage message) => Framed(message.ToByteArray());

    private static byte[] Framed(byte[] content) => RawHttp2.Message(0, content);

    private static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
            gzip.Write(content);
        return packed.ToArray();
    }

    private Action<HttpRequestMessage> As(string subject) =>
        request => request.Headers.TryAddWithoutValidation("authorization", $"Bearer {World.Issuer.Token(subject)}");

    private async Task<RawAnswer> RefusedAsync(string path, byte[] body, Action<HttpRequestMessage>? change, StatusCode code, string reason)
    {
        var answer = await RawAnswer.CallAsync(http!, World.Service.Grpc, path, body, change);
        Assert.Equal((HttpStatusCode.OK, ((int)code).ToString(CultureInfo.InvariantCulture), reason), (answer.Http, answer.GrpcStatus, answer.Reason));
        Assert.DoesNotContain('\n', answer.Text);
        Assert.InRange(answer.Text.Length, 10, 200);
        Assert.DoesNotContain(Secret, answer.Text, StringComparison.Ordinal);
        return answer;
    }
}
