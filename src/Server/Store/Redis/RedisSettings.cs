using System.Net;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>The client's settings: the operator's connection string, and what the service's guarantees require regardless of it.</summary>
internal static class RedisSettings
{
    /// <summary>The name of the setting with the connection string, for texts. No text contains its value, which may include a password.</summary>
    public const string Name = "ConnectionStrings:Redis";

    private const int SentinelPort = 26379;

    /// <summary>
    /// Commands that the client library would send to find out what the server is, and from then on follow redirections and connect to other servers by
    /// itself. Each connection is to exactly one server here; <see cref="RespConnection"/> asks these.
    /// </summary>
    private static readonly CommandMap Commands = CommandMap.Create(["CLUSTER", "INFO", "CONFIG", "SENTINEL", "SET", "ROLE"], available: false);

    public static RedisTarget Parse(string connectionString, StoreOptions store, RedisOptions? signIn = null)
    {
        var redis = Read(connectionString);
        SignIn(redis, signIn ?? new());
        var target = new RedisTarget([.. redis.EndPoints], redis.ServiceName, redis, OfSentinel(redis, signIn ?? new()));
        redis.EndPoints.Clear();
        redis.ServiceName = null;
        var timeout = (int)store.CommandTimeout.TotalMilliseconds;
        redis.AbortOnConnectFail = false;
        redis.CommandMap = Commands;
        redis.Protocol = RedisProtocol.Resp2;
        redis.DefaultVersion = new Version(7, 0);
        redis.ConnectRetry = 1;
        redis.ConnectTimeout = timeout;
        // The library's default begins at 2.5 s, a large part of the time within which the service promises to catch up.
        redis.ReconnectRetryPolicy = new LinearRetry(500);
        redis.AsyncTimeout = timeout;
        redis.SyncTimeout = timeout;
        // A command that cannot be sent fails immediately: queued and sent later, it could exceed its caller's deadline.
        redis.BacklogPolicy = BacklogPolicy.FailFast;
        // Hints have their own connection, so that a flood of them cannot make Redis drop the one for commands.
        redis.SharedSubscriptionConnection = false;
        redis.IncludeDetailInExceptions = false;
        // Channels and keys that the library uses itself.
        redis.ConfigurationChannel = "";
        redis.TieBreaker = "";
        return target;
    }

    private static void SignIn(ConfigurationOptions redis, RedisOptions signIn)
    {
        if (signIn.User is not null && redis.User is not null)
            throw Twice("Redis:User", $"user= in {Name}");
        if (signIn.Password is not null && signIn.PasswordFile is not null)
            throw Twice("Redis:Password", "Redis:PasswordFile");
        if ((signIn.Password ?? signIn.PasswordFile) is not null && redis.Password is not null)
            throw Twice(signIn.Password is null ? "Redis:PasswordFile" : "Redis:Password", $"password= in {Name}");
        if (signIn.PasswordFile is { } file)
            redis.Defaults = new RedisPasswordFile("Redis:PasswordFile", file);
        redis.User = signIn.User ?? redis.User;
        redis.Password = signIn.Password ?? (signIn.PasswordFile is null ? redis.Password : null);
        if (signIn.AuthoritiesFile is { } authorities)
            redis.SslClientAuthenticationOptions = new RedisAuthorities(authorities).For;
    }

    // What the library would take from the login of Redis is not: a Sentinel gets only what is set for Sentinels.
    private static ConfigurationOptions? OfSentinel(ConfigurationOptions redis, RedisOptions signIn)
    {
        var set = signIn.SentinelUser ?? signIn.SentinelPassword ?? signIn.SentinelPasswordFile;
        if (redis.ServiceName is null)
        {
            return set is null ? null : throw new StoreRefusedException(
                StoreReason.Misconfigured, $"Redis:Sentinel… is set, but {Name} names no Sentinels: add serviceName= with the name of the master");
        }
        if (signIn.SentinelPassword is not null && signIn.SentinelPasswordFile is not null)
            throw Twice("Redis:SentinelPassword", "Redis:SentinelPasswordFile");
        var sentinel = new ConfigurationOptions
        {
            Ssl = redis.Ssl,
            SslHost = redis.SslHost,
            SslClientAuthenticationOptions = redis.SslClientAuthenticationOptions,
            User = signIn.SentinelUser ?? "",
        };
        if (signIn.SentinelPasswordFile is { } file)
            sentinel.Defaults = new RedisPasswordFile("Redis:SentinelPasswordFile", file);
        else
            sentinel.Password = signIn.SentinelPassword ?? "";
        return sentinel;
    }

    private static StoreRefusedException Twice(string one, string other) =>
        new(StoreReason.Misconfigured, $"{one} and {other} are both set; keep one of them");

    private static ConfigurationOptions Read(string connectionString)
    {
        try
        {
            var redis = ConfigurationOptions.Parse(connectionString);
            // The default port of a Sentinel differs from that of Redis.
            foreach (var (i, host) in redis.EndPoints.ToArray().Index().Where(entry => redis.ServiceName is not null && Port(entry.Item) == 0))
                redis.EndPoints[i] = RedisAddress.Of(host is DnsEndPoint name ? name.Host : $"{((IPEndPoint)host).Address}", SentinelPort);
            redis.SetDefaultPorts();
            if (redis.EndPoints.Count > 0 && redis.EndPoints.OfType<DnsEndPoint>().All(host => Uri.CheckHostName(host.Host) is not UriHostNameType.Unknown))
                return redis;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            // Its text may contain a part of the connection string, so it is not passed on.
        }

        throw new StoreRefusedException(
            StoreReason.Misconfigured,
            $"{Name} cannot be read; its form is host:port,ssl=true (StackExchange.Redis), with serviceName= for Sentinels; "
            + "Redis:User and Redis:Password or Redis:PasswordFile set the login");
    }

    private static int Port(EndPoint endPoint) => endPoint switch { DnsEndPoint host => host.Port, IPEndPoint address => address.Port, _ => -1 };
}
