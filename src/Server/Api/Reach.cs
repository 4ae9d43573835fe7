namespace GrpcCreds.Server.Api;

/// <summary>How a call's tenant is known.</summary>
internal enum Reach
{
    /// <summary>
    /// The request names one, in <c>tenant_id</c>: refused if it is not the caller's. A status watch may name many in <c>tenant_ids</c> instead, or say that
    /// it means all the caller may see, and answers for each.
    /// </summary>
    Tenant,

    /// <summary>The request names many, in <c>tenants</c> or <c>reports</c>: refused if none is the caller's; the call answers for each of the others.</summary>
    Tenants,

    /// <summary>The call answers with what the caller may see.</summary>
    Visible,

    /// <summary>The request holds only what leads to the tenant; the call itself asks <c>Caller.May</c> once it knows, before it does anything.</summary>
    FoundByCall,
}
