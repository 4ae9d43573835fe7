namespace GrpcCreds.Server.Api;

/// <summary>How the tenant of a call is determined.</summary>
internal enum Reach
{
    /// <summary>
    /// The request names one tenant in <c>tenant_id</c>; the call is refused if the caller has no right to it. A status watch may instead name many in
    /// <c>tenant_ids</c>, or ask for all tenants the caller may see, and answers for each.
    /// </summary>
    Tenant,

    /// <summary>
    /// The request names many tenants, in <c>tenants</c> or <c>reports</c>; the call is refused if the caller has a right to none of them, and otherwise
    /// answers for each.
    /// </summary>
    Tenants,

    /// <summary>The call returns the tenants the caller may see.</summary>
    Visible,

    /// <summary>The request names no tenant; the call finds it and checks <c>Caller.May</c> itself before it does anything.</summary>
    FoundByCall,
}
