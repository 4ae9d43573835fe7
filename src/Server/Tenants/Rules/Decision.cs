using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>What <see cref="RecordRules"/> decides about a command.</summary>
internal abstract record Decision
{
    private Decision()
    {
    }

    public static Refused Refuse(Reason reason, string text) => new(new Refusal(reason, text));

    /// <summary>
    /// The tenant's next state and what the write did. <paramref name="Ends"/> is an earlier, still pending write of this tenant whose
    /// result this one settles.
    /// </summary>
    public sealed record Changed(TenantRecord State, WriteResult Result, SettledWrite? Ends = null) : Decision;

    /// <summary>The command may not be carried out; nothing changes.</summary>
    public sealed record Refused(Refusal Refusal) : Decision;

    /// <summary>There is nothing to do and nothing to publish.</summary>
    public sealed record Nothing : Decision;
}
