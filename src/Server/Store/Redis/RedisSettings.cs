using System.Net;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>The client's settings: the operator's connection string, and what the service's guarantees require regardless of it.</summary>
internal static class RedisSettings
{
    /// <summary>The name of the setting with the connection string, for texts. No text contains its value, which may include a password.</summary>
    public const string Name = "ConnectionStrings:Redis";

    public static ConfigurationOptions Parse(string connectionString, StoreOptions store, RedisOptions? signIn = null)
    {
        var redis = Read(connectionString);
        if (redis.EndPoints.Count > 1 || redis.ServiceName is not null)
        {
            throw new StoreRefusedException(
                StoreReason.TopologyUnsupported,
                $"{Name} names more than one server or a Sentinel; name one Redis server without replicas (put a password with a comma in Redis:Password)");
        }

        SignIn(redis, signIn ?? new());
        var timeout = (int)store.CommandTimeout.TotalMilliseconds;
        redis.AbortOnConnectFail = false;
        // The client's own guard, needed for CONFIG GET; the ACL decides what the service may do.
        redis.AllowAdmin = true;
        redis.ConnectRetry = 1;
        // The library's default begins at 2.5 s, a large part of the time within which the service promises to catch up.
        redis.ReconnectRetryPolicy = new LinearRetry(500);
        redis.AsyncTimeout = timeout;
        redis.SyncTimeout = timeout;
        // A command that cannot be sent fails immediately: queued and sent later, it could exceed its caller's deadline.
        redis.BacklogPolicy = BacklogPolicy.FailFast;
        // Hints have their own connection, so that a flood of them cannot make Redis drop the one for commands.
        redis.SharedSubscriptionConnection = false;
        redis.IncludeDetailInExceptions = false;
        // Channels and keys that the library uses itself, for setups that are refused here.
        redis.ConfigurationChannel = "";
        redis.TieBreaker = "";
        return redis;
    }

    /// <summary>The server's address as shown to a person.</summary>
    public static string Server(ConfigurationOptions redis) => redis.EndPoints[0] switch
    {
        DnsEndPoint host => $"{host.Host}:{host.Port}",
        var address => address.ToString() ?? "",
    };

    private static void SignIn(ConfigurationOptions redis, RedisOptions signIn)
    {
        if (signIn.User is not null && redis.User is not null)
            throw Twice("Redis:User", $"user= in {Name}");
        if (signIn.Password is not null && signIn.PasswordFile is not null)
            throw Twice("Redis:Password", RedisPasswordFile.Setting);
        if ((signIn.Password ?? signIn.PasswordFile) is not null && redis.Password is not null)
            throw Twice(signIn.Password is null ? RedisPasswordFile.Setting : "Redis:Password", $"password= in {Name}");
        if (signIn.PasswordFile is { } file)
            redis.Defaults = new RedisPasswordFile(file);
        redis.User = signIn.User ?? redis.User;
        redis.Password = signIn.Password ?? (signIn.PasswordFile is null ? redis.Password : null);
    }

    private static StoreRefusedException Twice(string one, string other) =>
        new(StoreReason.Misconfigured, $"{one} and {other} are both set; keep one of them");

    private static ConfigurationOptions Read(string connectionString)
    {
        try
        {
            var redis = ConfigurationOptions.Parse(connectionString);
            redis.SetDefaultPorts();
            if (redis.EndPoints is [DnsEndPoint host] ? Uri.CheckHostName(host.Host) is not UriHostNameType.Unknown : redis.EndPoints.Count > 0)
                return redis;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            // Its text may contain a part of the connection string, so it is not passed on.
        }

        throw new StoreRefusedException(
            StoreReason.Misconfigured,
            $"{Name} cannot be read; its form is host:port,ssl=true (StackExchange.Redis); "
            + "Redis:User and Redis:Password or Redis:PasswordFile set the login");
    }
}
