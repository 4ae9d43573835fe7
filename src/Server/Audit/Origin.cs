namespace GrpcCreds.Server.Audit;

/// <summary>Who asked, from where, by which call and why; never what with.</summary>
/// <param name="Caller">The caller's identity, or "service" for what the service does by itself.</param>
/// <param name="From">The caller's address.</param>
/// <param name="Method">The call's name in the contract, or what the service did by itself (EXPIRED, ROLLED_BACK).</param>
/// <param name="Reason">What the caller gave as reason; of a repair, what made the service believe that it is needed.</param>
internal sealed record Origin(string Caller, string? From, string Method, string? Reason)
{
    /// <summary>Of the commit by which a server brought back what the store had lost.</summary>
    public const string RolledBack = "ROLLED_BACK";

    /// <summary>A caller who is sent something.</summary>
    public static Origin Of(string caller, string? from, string method) => new(caller, from, method, null);

    /// <summary>Something the service does by itself.</summary>
    public static Origin Service(string method) => new("service", null, method, null);
}
