namespace GrpcCreds.Server.Tenants.Model;

/// <summary>The modes in which a tenant can connect, and the places of their credentials.</summary>
internal static class Modes
{
    public static readonly IReadOnlyList<Mode> All = [.. Enum.GetValues<Mode>().Where(mode => mode != Mode.Off)];

    public static readonly IReadOnlyList<(Mode Mode, Slot Slot)> Places =
        [.. All.SelectMany(mode => Enum.GetValues<Slot>(), (mode, slot) => (mode, slot))];
}
