using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using StackExchange.Redis;
using Xunit;

namespace GrpcCreds.Tests.Store;

public sealed class RedisErrorsTests
{
    public static TheoryData<Exception, bool> Exceptions => new()
    {
        { new RedisCommandException("secret"), false },
        { new RedisException("secret"), false },
        { new TimeoutException("secret"), false },
        { new ObjectDisposedException("secret"), false },
        { new TaskCanceledException("secret"), false },
        { new IOException("secret"), false },
        { new InvalidCastException("secret"), true },
        { new FormatException("secret"), true },
        { new OverflowException("secret"), true },
        { new InvalidOperationException("secret"), true },
    };

    [Theory]
    [MemberData(nameof(Exceptions))]
    public async Task Whatever_kind_of_failure_it_is_the_store_is_not_available(Exception exception, bool isDamage)
    {
        var thrown = await Assert.ThrowsAnyAsync<StoreUnavailableException>(
            () => RedisErrors.GuardAsync<int>(() => throw exception, error => RedisErrors.Meaning(error, "Redis"), TestContext.Current.CancellationToken));
        Assert.Equal(isDamage, thrown is StoreDamagedException);
        Assert.DoesNotContain("secret", thrown.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_that_has_gone_is_told_that()
    {
        using var gone = new CancellationTokenSource();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => RedisErrors.GuardAsync(() => new TaskCompletionSource<int>().Task, error => RedisErrors.Meaning(error, "Redis"), gone.Token));
    }
}
