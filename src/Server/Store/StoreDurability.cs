namespace GrpcCreds.Server.Store;

/// <summary>How durable an acknowledged write is.</summary>
/// <param name="Class">The class, as settings and contract name it.</param>
/// <param name="Meaning">What an acknowledgement means, as a sentence that begins with "An acknowledged write".</param>
internal sealed record StoreDurability(DurabilityClass Class, string Meaning)
{
    public static readonly StoreDurability Disk = new(DurabilityClass.Disk, "An acknowledged write is on the disk of the store's server.");

    public static readonly StoreDurability Log = new(
        DurabilityClass.Log, "An acknowledged write is in the provider's log, as declared by Store:Durability, and outlives a failover.");

    public static readonly StoreDurability Provider = new(
        DurabilityClass.Provider, "An acknowledged write may be lost in a failover at the provider; servers that hold it write it again.");

    public static StoreDurability Replicas(int servers, bool onDisk) => new(
        DurabilityClass.Replicas,
        $"An acknowledged write is {(onDisk ? "on the disk" : "in the memory")} of "
        + (servers == 1 ? "the primary alone, because no other server can take its place now" : $"all {servers} servers that can become the primary")
        + (onDisk ? "." : ", and on disk about a second later."));

    public static StoreDurability Weak(StoreFault fault) => new(
        DurabilityClass.Weak, $"An acknowledged write may be lost, as allowed by Store:AllowWeakDurability: {fault.Text}.");
}
