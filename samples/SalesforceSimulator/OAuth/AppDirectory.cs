using System.Collections.Concurrent;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>The connected apps of one personality, by consumer key.</summary>
internal sealed class AppDirectory
{
    private readonly ConcurrentDictionary<string, ConnectedApp> apps = new(StringComparer.Ordinal);

    public ConnectedApp Add(ConnectedApp app)
    {
        ArgumentException.ThrowIfNullOrEmpty(app.ConsumerKey);
        ArgumentException.ThrowIfNullOrEmpty(app.ConsumerSecret);
        ArgumentOutOfRangeException.ThrowIfLessThan(app.MaxGrantsPerUser, 1);
        return apps[app.ConsumerKey] = app;
    }

    public ConnectedApp Change(string consumerKey, Func<ConnectedApp, ConnectedApp> change)
    {
        var old = Find(consumerKey) ?? throw new KeyNotFoundException($"there is no connected app '{consumerKey}'");
        var changed = change(old);
        return changed.ConsumerKey == consumerKey ? Add(changed) : throw new ArgumentException("the consumer key cannot be changed");
    }

    public bool Remove(string consumerKey) => apps.TryRemove(consumerKey, out _);

    public ConnectedApp? Find(string consumerKey) => apps.GetValueOrDefault(consumerKey);

    public IReadOnlyList<ConnectedApp> All() => [.. apps.Values.OrderBy(app => app.ConsumerKey, StringComparer.Ordinal)];
}
