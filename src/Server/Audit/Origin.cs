namespace GrpcCreds.Server.Audit;

/// <summary>Who made a request, from where, by which call and why; never the content of the request.</summary>
/// <param name="Caller">The caller's identity, or "service" for actions of the service itself.</param>
/// <param name="From">The caller's address.</param>
/// <param name="Method">The call's name in the contract, or the name of an action of the service itself (EXPIRED, ROLLED_BACK).</param>
/// <param name="Reason">The reason the caller gave; for a repair, why the service considered it necessary.</param>
internal sealed record Origin(string Caller, string? From, string Method, string? Reason)
{
    /// <summary>The method of a commit by which a server restored what the store had lost.</summary>
    public const string RolledBack = "ROLLED_BACK";

    /// <summary>A caller that receives something.</summary>
    public static Origin Of(string caller, string? from, string method) => new(caller, from, method, null);

    /// <summary>An action of the service itself.</summary>
    public static Origin Service(string method) => new("service", null, method, null);
}
