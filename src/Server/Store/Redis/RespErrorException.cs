namespace GrpcCreds.Server.Store.Redis;

/// <summary>A server refused a command. Its text may repeat what was sent, so it is only interpreted, never shown.</summary>
internal sealed class RespErrorException(string error) : Exception("the server refused a command")
{
    public const string TlsAlert = "a TLS alert";
    public const string NotRedis = "not an answer of Redis";

    public string Error { get; } = error;

    /// <summary>Whether the command is refused to this user, or to everyone.</summary>
    public bool IsRefusal => Error.StartsWith("NOPERM", StringComparison.Ordinal) || Error.StartsWith("ERR unknown", StringComparison.Ordinal);

    /// <summary>Whether a Sentinel does not know the name of the master.</summary>
    public bool IsUnknownMaster => Error.StartsWith("ERR No such master", StringComparison.Ordinal);

    /// <summary>Whether the login was refused, or is missing.</summary>
    public bool IsLogin => Error.Split(' ')[0] is "NOAUTH" or "WRONGPASS" || Error.StartsWith("ERR AUTH", StringComparison.Ordinal);
}
