namespace GrpcCreds.SalesforceSimulator;

/// <summary>The options of a simulator. Every listener is bound to 127.0.0.1; port 0 selects a free port.</summary>
public sealed record SimulatorOptions
{
    /// <summary>Port of the production personality, 0 to 65535.</summary>
    public int ProductionPort { get; init; }

    /// <summary>Port of the sandbox personality, 0 to 65535.</summary>
    public int SandboxPort { get; init; }

    /// <summary>Port of the My Domain of production's organization, 0 to 65535.</summary>
    public int ProductionMyDomainPort { get; init; }

    /// <summary>Port of the My Domain of the sandbox, 0 to 65535.</summary>
    public int SandboxMyDomainPort { get; init; }

    /// <summary>Port of the control API, 0 to 65535. Null: the control API is off.</summary>
    public int? ControlPort { get; init; }

    /// <summary>Base of the URLs in production's responses, for example if clients use a different host name. Null: the request's Host header.</summary>
    public Uri? ProductionInstanceUrl { get; init; }

    /// <summary>The same for sandbox.</summary>
    public Uri? SandboxInstanceUrl { get; init; }

    /// <summary>Lifetime of a session from its login, in seconds (Salesforce: 900 to 86,400). Activity does not extend it.</summary>
    public int SessionSecondsValid { get; init; } = 7200;

    /// <summary>Number of consecutive wrong passwords that lock a user, at least 1.</summary>
    public int LockoutAfter { get; init; } = 10;

    /// <summary>How long a user stays locked, in minutes.</summary>
    public int LockoutMinutes { get; init; } = 15;

    /// <summary>Start with <see cref="DefaultUsers"/>.</summary>
    public bool WithDefaultUsers { get; init; } = true;

    /// <summary>Start with <see cref="DefaultApps"/>.</summary>
    public bool WithDefaultApp { get; init; } = true;

    /// <summary>Authorizations are approved without a page, by the user of <c>login_hint</c> or the first user.</summary>
    public bool AutoApprove { get; init; }

    /// <summary>The clock of sessions, lockouts and the ledger.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// Called with the kind and the value of every secret that is issued or presented here (session, code, refresh token, code verifier), so that a
    /// test can search for them where none may appear. Null: not called.
    /// </summary>
    public Action<string, string>? OnSecret { get; init; }

    /// <summary>Receives one line per request, never with a secret. Null: nothing is logged.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    internal void Validate()
    {
        (string Name, int Port)[] ports =
        [
            (nameof(ProductionPort), ProductionPort), (nameof(SandboxPort), SandboxPort), (nameof(ControlPort), ControlPort ?? 0),
            (nameof(ProductionMyDomainPort), ProductionMyDomainPort), (nameof(SandboxMyDomainPort), SandboxMyDomainPort),
        ];
        foreach (var (name, port) in ports)
        {
            if (port is < 0 or > 65535)
                throw new ArgumentException($"{name} must be 0 to 65535");
        }
        ArgumentOutOfRangeException.ThrowIfLessThan(SessionSecondsValid, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(LockoutAfter, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(LockoutMinutes, 1);
    }
}
