using Grpc.Core;
using GrpcCreds.Server.Callers.Rights;

namespace GrpcCreds.Server.Callers;

/// <summary>
/// The caller of a call, where the call comes from, and what the caller may do. Rights are always read from the current table, so that a stream that checks
/// again sees a right that was withdrawn.
/// </summary>
internal sealed class Caller(string name, string from, Func<Grants?> grants, Func<Action, IDisposable> onChange, DateTimeOffset? ends)
{
    /// <summary>The name of every caller while authentication is off.</summary>
    public const string DevelopmentName = "development";

    private static readonly object Key = new();

    public string Name => name;

    public string From => from;

    /// <summary>When the certificate or token that authenticated the caller expires; null if it does not expire.</summary>
    public DateTimeOffset? Ends => ends;

    /// <summary>Whether the caller is still in the table.</summary>
    public bool IsKnown => grants() is not null;

    public static Caller Development(string from) => new(DevelopmentName, from, () => Grants.Everything, _ => Never.Instance, null);

    /// <summary>The caller of a call that was admitted.</summary>
    public static Caller Of(ServerCallContext context) => (Caller)context.UserState[Key];

    public void EnterInto(ServerCallContext context) => context.UserState[Key] = this;

    public bool May(Role role) => grants()?.Has(role) == true;

    public bool May(Role role, TenantId tenant) => May(role, tenant.ToString());

    /// <summary>Accepts any text, see <see cref="Grants.Has(Role, string)"/>.</summary>
    public bool May(Role role, string tenant) => grants()?.Has(role, tenant) == true;

    /// <summary>Calls <paramref name="changed"/> whenever any caller's rights may have changed, until disposed. The callback must only set a flag.</summary>
    public IDisposable OnChange(Action changed) => onChange(changed);

    private sealed class Never : IDisposable
    {
        public static readonly Never Instance = new();

        public void Dispose()
        {
        }
    }
}
