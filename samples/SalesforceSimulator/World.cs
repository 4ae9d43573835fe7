namespace GrpcCreds.SalesforceSimulator;

/// <summary>The complete state of one personality.</summary>
internal sealed class World
{
    public World(Personality personality, SimulatorOptions options, CancellationToken stopping)
    {
        (Personality, Options, Stopping) = (personality, options, stopping);
        Users = new(personality, options);
        Sessions = new(options);
        Logins = new(options.TimeProvider);
        Apps = new(options.TimeProvider);
        Codes = new(options);
        Grants = new(Sessions, options);
        Consent = options.AutoApprove ? Consent.Approve() : Consent.Ask;
        Requests = new(personality, options.LoggerFactory);
        if (options.WithDefaultUsers)
            Users.Add(DefaultUsers.Of(personality));
        if (options.WithDefaultApp)
        {
            Apps.Add(options.WithDefaultUsers && DefaultUsers.Of(personality).Username is var user
                ? DefaultApps.Demo with { RunAs = user, ApprovedUsers = [user] }
                : DefaultApps.Demo);
        }
    }

    public Personality Personality { get; }

    public SimulatorOptions Options { get; }

    /// <summary>Cancelled when the simulator ends, so that slow or held requests do not delay the end.</summary>
    public CancellationToken Stopping { get; }

    public UserDirectory Users { get; }

    public SessionStore Sessions { get; }

    public LoginLedger Logins { get; }

    public RequestLog Requests { get; }

    public AppDirectory Apps { get; }

    /// <summary>The org's setting "Allow access to External Client App consumer secrets via REST API".</summary>
    public bool AppSecretsByApi { get; set; } = true;

    /// <summary>The outcome of authorizations that no script decides.</summary>
    public Consent Consent { get; set; }

    public CodeStore Codes { get; }

    public GrantStore Grants { get; }

    public Script Script { get; } = new();

    public Holds Holds { get; } = new();

    /// <summary>The port of the listener that stands for the organization's My Domain.</summary>
    public int MyDomainPort { get; set; }

    /// <summary>Whether a request is for the organization's My Domain and not for a login host of all organizations.</summary>
    public bool IsMyDomain(HttpRequest request) =>
        request.HttpContext.Connection.LocalPort == MyDomainPort || request.Host.Host.EndsWith(".my.salesforce.com", StringComparison.OrdinalIgnoreCase);

    /// <summary>Base of the URLs returned to a user, without a trailing slash.</summary>
    public string InstanceUrl(HttpRequest request, SimulatedUser user)
    {
        var configured = user.InstanceUrl ?? (Personality == Personality.Sandbox ? Options.SandboxInstanceUrl : Options.ProductionInstanceUrl);
        return configured?.ToString().TrimEnd('/') ?? LoginUrl(request);
    }

    /// <summary>Base URL of the personality itself, as used by the caller.</summary>
    public static string LoginUrl(HttpRequest request) => $"{request.Scheme}://{request.Host}";
}
