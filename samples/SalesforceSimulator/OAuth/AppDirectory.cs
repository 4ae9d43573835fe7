using System.Globalization;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>The apps of one personality, by consumer key, and the set that each has staged, at most one.</summary>
internal sealed class AppDirectory(TimeProvider clock)
{
    private readonly Lock gate = new();

    // An app remains the same one while its key and secret are rotated, and its place is its identity.
    private readonly List<Entry> entries = [];
    private int added;
    private int stagings;

    public ConnectedApp Add(ConnectedApp app)
    {
        ArgumentException.ThrowIfNullOrEmpty(app.ConsumerKey);
        ArgumentException.ThrowIfNullOrEmpty(app.ConsumerSecret);
        ArgumentOutOfRangeException.ThrowIfLessThan(app.MaxGrantsPerUser, 1);
        lock (gate)
        {
            if (EntryOf(app.ConsumerKey) is { } known && known.App.ConsumerKey == app.ConsumerKey)
                return known.App = app;
            var number = (++added).ToString("D10", CultureInfo.InvariantCulture);
            entries.Add(new() { App = app, AppId = $"0xI{number}AA", ConsumerId = $"888{number}AA" });
            return app;
        }
    }

    /// <summary>Changes the app that has this key, as its primary one or a staged one.</summary>
    public ConnectedApp Change(string consumerKey, Func<ConnectedApp, ConnectedApp> change)
    {
        lock (gate)
        {
            var entry = EntryOf(consumerKey) ?? throw new KeyNotFoundException($"there is no connected app '{consumerKey}'");
            var changed = change(entry.App);
            return changed.ConsumerKey == entry.App.ConsumerKey ? Add(changed) : throw new ArgumentException("the consumer key cannot be changed");
        }
    }

    public bool Remove(string consumerKey)
    {
        lock (gate)
            return entries.RemoveAll(entry => entry.App.ConsumerKey == consumerKey) > 0;
    }

    /// <summary>The app that has this key, with the secret that belongs to the key.</summary>
    public ConnectedApp? Find(string consumerKey)
    {
        lock (gate)
        {
            if (EntryOf(consumerKey) is not { } entry)
                return null;
            return entry.App.ConsumerKey == consumerKey || entry.Staged is not { } staged
                ? entry.App
                : entry.App with
                {
                    ConsumerKey = staged.ConsumerKey, ConsumerSecret = staged.ConsumerSecret, KnownFrom = staged.KnownFrom ?? entry.App.KnownFrom,
                };
        }
    }

    public IReadOnlyList<ConnectedApp> All()
    {
        lock (gate)
            return [.. entries.Select(entry => entry.App).OrderBy(app => app.ConsumerKey, StringComparer.Ordinal)];
    }

    /// <summary>The apps with their ids, as they are now.</summary>
    public IReadOnlyList<(string AppId, string ConsumerId, ConnectedApp App, StagedCredentials? Staged)> Numbered()
    {
        lock (gate)
            return [.. entries.Select(entry => (entry.AppId, entry.ConsumerId, entry.App, Living(entry)))];
    }

    /// <summary>Makes a new set for an app; null if it has one.</summary>
    public StagedCredentials? Stage(string appId, string createdBy)
    {
        lock (gate)
        {
            if (entries.Find(entry => entry.AppId == appId) is not { } entry || Living(entry) is not null)
                return null;
            var now = clock.GetUtcNow();
            var number = ++stagings;
            return entry.Staged = new()
            {
                Id = $"0xS{number.ToString("D10", CultureInfo.InvariantCulture)}AA",
                ConsumerKey = $"{entry.App.ConsumerKey.Split(".set")[0]}.set{number}",
                ConsumerSecret = Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32)),
                CreatedBy = createdBy,
                CreatedDate = now,
                KnownFrom = entry.App.StagedKnownAfter is { } after ? now + after : null,
            };
        }
    }

    /// <summary>The staged set and the primary one change places; false if there is no such set.</summary>
    public bool Rotate(string appId, string stagedId)
    {
        lock (gate)
        {
            if (entries.Find(entry => entry.AppId == appId) is not { } entry || Living(entry) is not { } staged || staged.Id != stagedId)
                return false;
            entry.Staged = staged with
            {
                Id = $"0xS{(++stagings).ToString("D10", CultureInfo.InvariantCulture)}AA",
                ConsumerKey = entry.App.ConsumerKey,
                ConsumerSecret = entry.App.ConsumerSecret,
                IsRotated = true,
                CreatedDate = clock.GetUtcNow(),
                KnownFrom = null,
            };
            entry.App = entry.App with { ConsumerKey = staged.ConsumerKey, ConsumerSecret = staged.ConsumerSecret };
            return true;
        }
    }

    /// <summary>Ends a staged set at once; false if there is no such set.</summary>
    public bool Drop(string appId, string stagedId)
    {
        lock (gate)
        {
            if (entries.Find(entry => entry.AppId == appId) is not { } entry || Living(entry)?.Id != stagedId)
                return false;
            entry.Staged = null;
            return true;
        }
    }

    private Entry? EntryOf(string consumerKey) =>
        entries.Find(entry => entry.App.ConsumerKey == consumerKey) ?? entries.Find(entry => Living(entry)?.ConsumerKey == consumerKey);

    private StagedCredentials? Living(Entry entry) =>
        entry.Staged is { } staged && staged.ExpirationDate <= clock.GetUtcNow() ? entry.Staged = null : entry.Staged;

    private sealed class Entry
    {
        public required ConnectedApp App { get; set; }

        public required string AppId { get; init; }

        public required string ConsumerId { get; init; }

        public StagedCredentials? Staged { get; set; }
    }
}
