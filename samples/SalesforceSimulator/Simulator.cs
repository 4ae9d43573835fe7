namespace GrpcCreds.SalesforceSimulator;

/// <summary>
/// A fake Salesforce on loopback: production and sandbox on two listeners, with users, sessions, connected apps, scripted failures and ledgers.
/// Members without a <see cref="Personality"/> mean production.
/// </summary>
public sealed partial class Simulator : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly List<Listener> listeners = [];
    private readonly World production;
    private readonly World sandbox;
    private int disposed;

    private Simulator(SimulatorOptions options)
    {
        production = new(Personality.Production, options, stopping.Token);
        sandbox = new(Personality.Sandbox, options, stopping.Token);
    }

    /// <summary>What stands for <c>https://login.salesforce.com</c>.</summary>
    public Uri Production => listeners[0].Url;

    /// <summary>What stands for <c>https://test.salesforce.com</c>.</summary>
    public Uri Sandbox => listeners[1].Url;

    /// <summary>The control API.</summary>
    /// <exception cref="InvalidOperationException">It was not asked for.</exception>
    public Uri Control => listeners.Count > 2 ? listeners[2].Url : throw new InvalidOperationException("the control API is off: set ControlPort");

    public static async Task<Simulator> StartAsync(SimulatorOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        options.Validate();
        var simulator = new Simulator(options);
        try
        {
            await simulator.ListenAsync(options.ProductionPort, app => app.MapSalesforce(simulator.production), cancellationToken);
            await simulator.ListenAsync(options.SandboxPort, app => app.MapSalesforce(simulator.sandbox), cancellationToken);
            if (options.ControlPort is { } port)
                await simulator.ListenAsync(port, app => app.MapControl(simulator), cancellationToken);
            return simulator;
        }
        catch
        {
            await simulator.DisposeAsync();
            throw;
        }
    }

    /// <summary>Adds or replaces a user; gives it back with its ids filled in.</summary>
    public SimulatedUser AddUser(SimulatedUser user, Personality personality = Personality.Production) => World(personality).Users.Add(user);

    public SimulatedUser AddUser(string username, string password, Personality personality = Personality.Production) =>
        AddUser(new SimulatedUser { Username = username, Password = password }, personality);

    /// <summary>Changes a user, for example its password, a flag, its instance URL or its ids. Sessions that live go on.</summary>
    public SimulatedUser ChangeUser(string username, Func<SimulatedUser, SimulatedUser> change, Personality personality = Personality.Production) =>
        World(personality).Users.Change(username, change);

    public bool RemoveUser(string username, Personality personality = Personality.Production) => World(personality).Users.Remove(username);

    public IReadOnlyList<SimulatedUser> Users(Personality personality = Personality.Production) => World(personality).Users.All();

    /// <summary>The next requests of this kind, of this user or of anyone, fail in this way.</summary>
    public void Fail(Endpoint endpoint, Failure failure, int times = 1, string? username = null, Personality personality = Personality.Production) =>
        World(personality).Script.Add(endpoint, failure, times, username);

    /// <summary>Forgets the failures that have not happened yet.</summary>
    public void ClearFailures(Personality personality = Personality.Production) => World(personality).Script.Clear();

    /// <summary>Stops requests of this kind, of this user or of anyone, until the hold is released.</summary>
    public Hold Hold(
        Endpoint endpoint, HoldPoint point = HoldPoint.BeforeProcessing, string? username = null, Personality personality = Personality.Production) =>
        World(personality).Holds.Add(endpoint, point, username);

    /// <exception cref="KeyNotFoundException">There is no such hold.</exception>
    public Hold FindHold(int number, Personality personality = Personality.Production) =>
        World(personality).Holds.Find(number) ?? throw new KeyNotFoundException($"there is no hold {number}");

    /// <summary>Locks a user, as too many wrong passwords do.</summary>
    public void Lock(string username, Personality personality = Personality.Production) => World(personality).Users.Lock(username);

    /// <summary>Ends a lockout, and forgets wrong passwords.</summary>
    public void Unlock(string username, Personality personality = Personality.Production) => World(personality).Users.Unlock(username);

    public bool IsLocked(string username, Personality personality = Personality.Production) => World(personality).Users.IsLocked(username);

    /// <summary>The logins of one username, counted since the start.</summary>
    public LoginCounts Logins(string username, Personality personality = Personality.Production) => World(personality).Logins.Count(username);

    /// <summary>Waits until the counted logins of a username are as wanted.</summary>
    public Task<LoginCounts> WaitForLoginsAsync(
        string username, Func<LoginCounts, bool> until, Personality personality = Personality.Production, CancellationToken cancellationToken = default) =>
        World(personality).Logins.WaitAsync(username, until, cancellationToken);

    /// <summary>Every login so far, oldest first.</summary>
    public IReadOnlyList<LoginEntry> Ledger(Personality personality = Personality.Production) => World(personality).Logins.Entries();

    /// <summary>The newest requests, oldest first, at most 10,000.</summary>
    public IReadOnlyList<RequestEntry> Requests(Personality personality = Personality.Production) => World(personality).Requests.Entries();

    /// <summary>The sessions alive, oldest first.</summary>
    public IReadOnlyList<SimulatedSession> Sessions(Personality personality = Personality.Production) => World(personality).Sessions.Alive();

    /// <summary>Ends all sessions of a user, as an expiry or an administrator does; tells how many.</summary>
    public int EndSessions(string username, Personality personality = Personality.Production) =>
        World(personality).Sessions.End(session => string.Equals(session.Username, username, StringComparison.OrdinalIgnoreCase));

    /// <summary>Ends one session by its id; tells whether it lived.</summary>
    public bool EndSession(string sessionId, Personality personality = Personality.Production) =>
        World(personality).Sessions.End(session => session.Id == sessionId) == 1;

    /// <summary>Ends one session by its number; tells whether it lived.</summary>
    public bool EndSession(int number, Personality personality = Personality.Production) =>
        World(personality).Sessions.End(session => session.Number == number) == 1;

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
            return;
        await stopping.CancelAsync();
        foreach (var listener in listeners)
            await listener.DisposeAsync();
        stopping.Dispose();
    }

    private World World(Personality personality) => personality == Personality.Sandbox ? sandbox : production;

    private async Task ListenAsync(int port, Action<WebApplication> configure, CancellationToken cancellationToken) =>
        listeners.Add(await Listener.StartAsync(port, configure, cancellationToken));
}
