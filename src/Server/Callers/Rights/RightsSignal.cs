using System.Collections.Concurrent;

namespace GrpcCreds.Server.Callers.Rights;

/// <summary>Notifies every open stream when any caller's rights may have changed.</summary>
internal sealed class RightsSignal
{
    private readonly ConcurrentDictionary<Subscription, Action> listeners = new();

    /// <summary>Calls <paramref name="changed"/> at each change until disposed. The callback must only set a flag.</summary>
    public IDisposable Subscribe(Action changed)
    {
        var subscription = new Subscription(this);
        listeners[subscription] = changed;
        return subscription;
    }

    public void Ring()
    {
        foreach (var (_, changed) in listeners)
            changed();
    }

    private sealed class Subscription(RightsSignal signal) : IDisposable
    {
        public void Dispose() => signal.listeners.TryRemove(this, out _);
    }
}
