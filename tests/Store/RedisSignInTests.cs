using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Tests.Callers;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>The Redis user that signs in, and the messages when the sign-in or the connection fails.</summary>
public sealed class RedisSignInTests : IDisposable
{
    private const string Odd = "p,a=s s\"w'o rd, password=ä ";

    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string PasswordFile => Path.Combine(directory.Path, "redis-password");

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Any_password_signs_in(bool asUser, bool fromFile)
    {
        await using var redis = await RedisServer.StartAsync();
        if (asUser)
            await redis.AdminAsync("ACL", "SETUSER", "service", "on", $">{Odd}", "~*", "&*", "+@all");
        else
            await redis.AdminAsync("CONFIG", "SET", "requirepass", Odd);
        Write($"{Odd}\n");
        var signIn = new RedisOptions { User = asUser ? "service" : null, Password = fromFile ? null : Odd, PasswordFile = fromFile ? PasswordFile : null };
        await using var store = New(redis.Address, signIn);
        Assert.Null(await store.OpenAsync(Token));
        await store.CreateMetaAsync(new("deployment-1", 1, 1, new Dictionary<string, string>()), Token);
        Assert.NotNull(await store.MetaAsync(Token));
    }

    [Theory]
    [InlineData("", "Redis:Password", "Redis:PasswordFile")]
    [InlineData(",password=canary", "Redis:Password", null)]
    [InlineData(",password=canary", null, "Redis:PasswordFile")]
    [InlineData(",user=canary", "Redis:User", null)]
    public void What_is_set_twice_is_refused(string connectionString, string? first, string? second)
    {
        Write("canary");
        var signIn = new RedisOptions
        {
            User = first == "Redis:User" ? "canary" : null,
            Password = first == "Redis:Password" ? "canary" : null,
            PasswordFile = second is null ? null : PasswordFile,
        };
        var refused = Assert.Throws<StoreRefusedException>(() => RedisSettings.Parse($"127.0.0.1:1{connectionString}", new StoreOptions(), signIn));
        Assert.Equal(StoreReason.Misconfigured, refused.Reason);
        Assert.Contains("are both set", refused.Message, StringComparison.Ordinal);
        Assert.Contains(first ?? second!, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refused.ToString(), StringComparison.Ordinal);
    }

    private void Write(string content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        File.WriteAllText(PasswordFile, content);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(PasswordFile, mode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_password_file_that_is_missing_or_empty_is_refused(bool isThere)
    {
        if (isThere)
            Write("\n");
        var refused = Assert.Throws<StoreRefusedException>(() => RedisSettings.Parse("127.0.0.1:1", new StoreOptions(), new() { PasswordFile = PasswordFile }));
        Assert.Contains("Redis:PasswordFile", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.GroupWrite)]
    public void A_password_file_that_others_can_read_or_write_is_refused(UnixFileMode mode)
    {
        Write("canary", mode);
        var refused = Assert.Throws<StoreRefusedException>(() => RedisSettings.Parse("127.0.0.1:1", new StoreOptions(), new() { PasswordFile = PasswordFile }));
        Assert.Contains("chmod 600", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refused.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("requirepass right", null, null, "NOAUTH")]
    [InlineData("requirepass right", null, "canary", "WRONGPASS")]
    [InlineData("", "canary", "canary", "WRONGPASS")]
    [InlineData("", null, "canary", "has no password for its user default")]
    public async Task A_refused_login_is_said_at_once(string setting, string? user, string? password, string text)
    {
        await using var redis = await RedisServer.StartAsync();
        if (setting.Split(' ') is [var name, var value])
            await redis.AdminAsync("CONFIG", "SET", name, value);
        // If the user "default" needs no password, the library would continue as that user.
        await using var store = New(redis.Address, new() { User = user, Password = password });
        var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => store.OpenAsync(Token));
        Assert.Equal(StoreReason.Unreachable, refused.Reason);
        Assert.Contains(text, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_there_is_said()
    {
        await CauseAsync("127.0.0.1:1", "the connection is refused");
        await CauseAsync("no-such-host.invalid:6379", "its name cannot be resolved");
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", "is not Redis")]
    [InlineData("", "closes the connection immediately")]
    [InlineData("-DENIED Redis is running in protected mode\r\n", "protected mode")]
    [InlineData("-LOADING Redis is loading the dataset in memory\r\n", "still loading")]
    [InlineData("-ERR max number of clients reached\r\n", "maxclients")]
    [InlineData("-NOAUTH Authentication required.\r\n", "NOAUTH")]
    [InlineData("\u0015\u0003\u0003\u0000\u0002\u0002\n", "set ssl=true")]
    [InlineData("-canary\r\n", "refuses PING")]
    public async Task What_else_answers_is_said(string answer, string text)
    {
        await using var server = new OneAnswer(async stream => await stream.WriteAsync(answer.Select(letter => (byte)letter).ToArray()));
        await CauseAsync(server.Address, text);
    }

    [Fact]
    public async Task Without_TLS_on_the_other_side_that_is_said()
    {
        await using var server = new OneAnswer(async stream => await stream.WriteAsync("-ERR unknown command\r\n"u8.ToArray()));
        await CauseAsync($"{server.Address},ssl=true", "does not use TLS on this port");
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_said()
    {
        using var authority = new Pki();
        using var certificate = authority.Server();
        await using var server = new OneAnswer(async stream =>
        {
            await using var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(certificate);
        });
        await CauseAsync($"{server.Address},ssl=true", "certificate that is not trusted");
    }

    private static async Task CauseAsync(string connectionString, string text)
    {
        var target = RedisSettings.Parse(connectionString, new StoreOptions());
        var found = await RedisProbe.RunAsync(target.Redis, target.Named[0], isSentinel: false, Token);
        Assert.Contains(text, found!.Cause, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", found.Cause, StringComparison.Ordinal);
    }

    private static RedisStore New(string address, RedisOptions signIn)
    {
        var options = new StoreOptions { CommandTimeout = TimeSpan.FromSeconds(5) };
        return new(RedisSettings.Parse(address, options, signIn), Options.Create(options), Background.New(), NullLogger<RedisStore>.Instance);
    }

    /// <summary>Takes connections, reads what comes first, answers and closes.</summary>
    private sealed class OneAnswer : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly Task serving;

        public OneAnswer(Func<NetworkStream, Task> answer)
        {
            listener.Start();
            serving = ServeAsync(answer);
        }

        public string Address => listener.LocalEndpoint.ToString()!;

        public async ValueTask DisposeAsync()
        {
            listener.Dispose();
            await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        private async Task ServeAsync(Func<NetworkStream, Task> answer)
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync();
                try
                {
                    await answer(client.GetStream());
                    client.Client.Shutdown(SocketShutdown.Send);
                    // Closed with something unread, it would be a reset.
                    while (await client.GetStream().ReadAsync(new byte[256]) > 0)
                    {
                    }
                }
                catch (Exception exception) when (exception is IOException or System.Security.Authentication.AuthenticationException)
                {
                    // The client went first.
                }
            }
        }
    }
}
