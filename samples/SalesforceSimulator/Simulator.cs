namespace GrpcCreds.SalesforceSimulator;

/// <summary>
/// A fake Salesforce on loopback: production and sandbox, each with a login host and a My Domain on listeners of their own, with users, sessions, connected
/// apps, scripted failures and ledgers. Members without a <see cref="Personality"/> apply to production.
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

    /// <summary>The substitute for <c>https://login.salesforce.com</c>.</summary>
    public Uri Production => listeners[0].Url;

    /// <summary>The substitute for <c>https://test.salesforce.com</c>.</summary>
    public Uri Sandbox => listeners[1].Url;

    /// <summary>The My Domain of production's organization: the same as <see cref="Production"/>, and what only a My Domain serves.</summary>
    public Uri ProductionMyDomain => listeners[2].Url;

    /// <summary>The My Domain of the sandbox.</summary>
    public Uri SandboxMyDomain => listeners[3].Url;

    /// <summary>The control API.</summary>
    /// <exception cref="InvalidOperationException">The control API is off.</exception>
    public Uri Control => listeners.Count > 4 ? listeners[4].Url : throw new InvalidOperationException("the control API is off: set ControlPort");

    public static async Task<Simulator> StartAsync(SimulatorOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        options.Validate();
        var simulator = new Simulator(options);
        try
        {
            await simulator.ListenAsync(options.ProductionPort, app => app.MapSalesforce(simulator.production), cancellationToken);
            await simulator.ListenAsync(options.SandboxPort, app => app.MapSalesforce(simulator.sandbox), cancellationToken);
            await simulator.ListenAsync(options.ProductionMyDomainPort, app => app.MapSalesforce(simulator.production), cancellationToken);
            await simulator.ListenAsync(options.SandboxMyDomainPort, app => app.MapSalesforce(simulator.sandbox), cancellationToken);
            (simulator.production.MyDomainPort, simulator.sandbox.MyDomainPort) = (simulator.ProductionMyDomain.Port, simulator.SandboxMyDomain.Port);
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

    /// <summary>Adds or replaces a user; returns it with its ids filled in.</summary>
    public SimulatedUser AddUser(SimulatedUser user, Personality personality = Personality.Production) => World(personality).Users.Add(user);

    public SimulatedUser AddUser(string username, string password, Personality personality = Personality.Production) =>
        AddUser(new SimulatedUser { Username = username, Password = password }, personality);

    /// <summary>Changes a user, for example its password, a flag, its instance URL or its ids. Live sessions continue.</summary>
    public SimulatedUser ChangeUser(string username, Func<SimulatedUser, SimulatedUser> change, Personality personality = Personality.Production) =>
        World(personality).Users.Change(username, change);

    public bool RemoveUser(string username, Personality personality = Personality.Production) => World(personality).Users.Remove(username);

    public IReadOnlyList<SimulatedUser> Users(Personality personality = Personality.Production) => World(personality).Users.All();

    /// <summary>Makes the next requests of this kind fail in this way, for one user or for all.</summary>
    public void Fail(Endpoint endpoint, Failure failure, int times = 1, string? username = null, Personality personality = Personality.Production) =>
        World(personality).Script.Add(endpoint, failure, times, username);

    /// <summary>Removes the failures that have not happened yet.</summary>
    public void ClearFailures(Personality personality = Personality.Production) => World(personality).Script.Clear();

    /// <summary>Holds requests of this kind, for one user or for all, until the hold is released.</summary>
    public Hold Hold(
        Endpoint endpoint, HoldPoint point = HoldPoint.BeforeProcessing, string? username = null, Personality personality = Personality.Production) =>
        World(personality).Holds.Add(endpoint, point, username);

    /// <exception cref="KeyNotFoundException">There is no such hold.</exception>
    public Hold FindHold(int number, Personality personality = Personality.Production) =>
        World(personality).Holds.Find(number) ?? throw new KeyNotFoundException($"there is no hold {number}");

    /// <summary>Locks a user, as too many wrong passwords do.</summary>
    public void Lock(string username, Personality personality = Personality.Production) => World(personality).Users.Lock(username);

    /// <summary>Ends a lockout and resets the count of wrong passwords.</summary>
    public void Unlock(string username, Personality personality = Personality.Production) => World(personality).Users.Unlock(username);

    public bool IsLocked(string username, Personality personality = Personality.Production) => World(personality).Users.IsLocked(username);

    /// <summary>The numbers of logins of one username since the start.</summary>
    public LoginCounts Logins(string username, Personality personality = Personality.Production) => World(personality).Logins.Count(username);

    /// <summary>Waits until the numbers of logins of a username meet a condition.</summary>
    public Task<LoginCounts> WaitForLoginsAsync(
        string username, Func<LoginCounts, bool> until, Personality personality = Personality.Production, CancellationToken cancellationToken = default) =>
        World(personality).Logins.WaitAsync(username, until, cancellationToken);

    /// <summary>Every login so far, oldest first.</summary>
    public IReadOnlyList<LoginEntry> Ledger(Personality personality = Personality.Production) => World(personality).Logins.Entries();

    /// <summary>The newest requests, oldest first, at most 10,000.</summary>
    public IReadOnlyList<RequestEntry> Requests(Personality personality = Personality.Production) => World(personality).Requests.Entries();

    /// <summary>The live sessions, oldest first.</summary>
    public IReadOnlyList<SimulatedSession> Sessions(Personality personality = Personality.Production) => World(personality).Sessions.Alive();

    /// <summary>Ends all sessions of a user, as an expiry or an administrator does; returns their number.</summary>
    public int EndSessions(string username, Personality personality = Personality.Production) =>
        World(personality).Sessions.End(session => string.Equals(session.Username, username, StringComparison.OrdinalIgnoreCase));

    /// <summary>Ends one session by its id; returns whether it was alive.</summary>
    public bool EndSession(string sessionId, Personality personality = Personality.Production) =>
        World(personality).Sessions.End(session => session.Id == sessionId) == 1;

    /// <summary>Ends one session by its number; returns whether it was alive.</summary>
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
