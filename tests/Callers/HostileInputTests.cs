using System.Text.RegularExpressions;
using CsCheck;
using Google.Protobuf;
using Grpc.Core;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using StackExchange.Redis;
using Xunit;

namespace GrpcCreds.Tests.Callers;

/// <summary>Input that our own client would never send. Only names that match the pattern ever reach the store.</summary>
public sealed partial class HostileInputTests
{
    private static readonly string[] Pieces =
        ["acme", "a", "-", "0", "z9", "{", "}", ":", "\0", ".", "..", "/", "*", "?", "[a]", "\r\n", " ", "A",
            "ACME", "аcme", "ａcme", "ı", "\u200b", "\u0301", "é", "😀", "%00", "gc:", "{gc:0}", ":r:", "'", "\"", "\\"];

    private static readonly Gen<string> Tenant = Gen.OneOf(
        Gen.Int[0, Pieces.Length - 1].Select(piece => Pieces[piece]).Array[0, 6].Select(string.Concat),
        Gen.Char['a', 'z'].Array[60, 66].Select(text => new string(text)),
        Gen.Char['\0', '\uD7FF'].Array[1, 8].Select(text => new string(text)));

    [Fact]
    public async Task Only_tenants_of_the_pattern_come_into_the_store()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var world = await CallersWorld.StartAsync(
            settings: ["Limits:CallsPerSecond=100000", "Limits:CallsPerSecondInAll=100000", $"ConnectionStrings:Redis={redis.ConnectionString}"]);
        var (own, all) = (world.As("admin"), world.As("all-admin"));
        var shadow = new HashSet<string>();
        await Parallel.ForEachAsync(Tenant.Array[1500].Single(), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (tenant, stop) =>
        {
            var staged = Calls.SetPassword(tenant);
            staged.Activation = Activation.Staged;
            var isTenant = Pattern().IsMatch(tenant);
            Assert.Equal(tenant == CallersWorld.Own ? StatusCode.OK : StatusCode.PermissionDenied,
                await CodeAsync(own.SetPasswordCredentialAsync(staged, cancellationToken: stop)));
            Assert.Equal(isTenant ? StatusCode.OK : StatusCode.InvalidArgument,
                await CodeAsync(all.SetPasswordCredentialAsync(staged, cancellationToken: stop)));
            if (isTenant)
            {
                lock (shadow)
                    shadow.Add(tenant);
            }
        });

        Assert.NotEmpty(shadow);
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var keys = await multiplexer.GetServers().Single().KeysAsync().Select(key => key.ToString()).ToListAsync(TestContext.Current.CancellationToken);
        Assert.All(keys, key => Assert.Matches(Key(), key));
        Assert.Equal(shadow.Order(), keys.Select(key => Key().Match(key).Groups["record"])
            .Where(record => record.Success).Select(record => record.Value).Order());
    }

    [Fact]
    public async Task Bytes_that_are_no_message_or_no_text_are_refused_and_harm_nobody()
    {
        await using var world = await CallersWorld.StartAsync(settings: ["Limits:CallsPerSecond=100000", "Limits:CallsPerSecondInAll=100000"]);
        var bytes = Marshallers.Create<byte[]>(message => message, message => message);
        var invoker = world.Invoker($"Bearer {world.Issuer.Token("all-admin")}");
        var method = new Method<byte[], byte[]>(MethodType.Unary, "grpccreds.v1.SyncCredentials", "SetPasswordCredential", bytes, bytes);
        var good = Calls.SetPassword().ToByteArray();
        byte[][] fixedOnes =
        [
            // A tenant that is not valid UTF-8: truncated, overlong, a lone surrogate, a byte that is never valid.
            [0x0A, 0x02, 0xC3, 0x28], [0x0A, 0x02, 0xC0, 0x80], [0x0A, 0x03, 0xED, 0xA0, 0x80], [0x0A, 0x01, 0xFF],
            // A length beyond the end, a length that is negative, a group without end, a field of number 0.
            [0x0A, 0x7F], [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0x0B], [0x00],
            .. Enumerable.Range(1, good.Length - 1).Select(length => good[..length]),
        ];
        foreach (var sent in fixedOnes.Concat(Gen.Byte.Array[0, 60].Array[300].Single()))
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => invoker.AsyncUnaryCall(method, null, default, sent).ResponseAsync.WaitAsync(Waiting.Long));
            Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
            Assert.DoesNotContain(Calls.Password, error.ToString(), StringComparison.Ordinal);
        }
        Assert.Equal(Availability.NotConfigured, (await world.As("viewer").StatusAsync()).Availability);
        Assert.Empty((await world.As("all-viewer").ListCredentialStatusesAsync(new())).Statuses);
    }

    private static async Task<StatusCode> CodeAsync<T>(AsyncUnaryCall<T> call)
    {
        try
        {
            await call.ResponseAsync.WaitAsync(Waiting.Long);
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    [GeneratedRegex(@"\Agc:(refusals|guard:[A-Za-z0-9+/=_-]+)\z|\A\{gc\}:(meta|servers)\z"
        + @"|\A\{gc:0\}:(of|seq|ix|due|r:(?<record>[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)|(q|qt|a|d|n|nx):[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)\z")]
    private static partial Regex Key();

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
