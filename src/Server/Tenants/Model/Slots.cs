namespace GrpcCreds.Server.Tenants.Model;

/// <summary>A mode's credential in force (or kept for switching back), and the one meant to replace it.</summary>
internal sealed record Slots<T>(T? Current, T? Candidate)
    where T : Credential
{
    public static readonly Slots<T> Empty = new(null, null);

    public bool IsEmpty => Current is null && Candidate is null;

    public T? this[Slot slot] => slot == Slot.Current ? Current : Candidate;

    public Slots<T> With(Slot slot, T? credential) =>
        slot == Slot.Current ? this with { Current = credential } : this with { Candidate = credential };
}
