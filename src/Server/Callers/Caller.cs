using Grpc.Core;
using GrpcCreds.Server.Callers.Rights;

namespace GrpcCreds.Server.Callers;

/// <summary>
/// Who makes a call, from where, and what it may do: always what the table says now, so that a stream that asks again learns of a right that
/// was taken away.
/// </summary>
internal sealed class Caller(string name, string from, Func<Grants?> grants, Func<Action, IDisposable> onChange, DateTimeOffset? ends)
{
    /// <summary>The name of everybody where nobody is asked.</summary>
    public const string DevelopmentName = "development";

    private static readonly object Key = new();

    public string Name => name;

    public string From => from;

    /// <summary>When the certificate or token ends by which it proved who it is; null if it does not end by itself.</summary>
    public DateTimeOffset? Ends => ends;

    /// <summary>Whether the table still knows it.</summary>
    public bool IsKnown => grants() is not null;

    public static Caller Development(string from) => new(DevelopmentName, from, () => Grants.Everything, _ => Never.Instance, null);

    /// <summary>The caller of a call, once it was let in.</summary>
    public static Caller Of(ServerCallContext context) => (Caller)context.UserState[Key];

    public void EnterInto(ServerCallContext context) => context.UserState[Key] = this;

    public bool May(Role role) => grants()?.Has(role) == true;

    public bool May(Role role, TenantId tenant) => May(role, tenant.ToString());

    /// <summary>Takes any text, see <see cref="Grants.Has(Role, string)"/>.</summary>
    public bool May(Role role, string tenant) => grants()?.Has(role, tenant) == true;

    /// <summary>Calls <paramref name="changed"/> whenever somebody's rights may have changed, until disposed; it must only take note.</summary>
    public IDisposable OnChange(Action changed) => onChange(changed);

    private sealed class Never : IDisposable
    {
        public static readonly Never Instance = new();

        public void Dispose()
        {
        }
    }
}
