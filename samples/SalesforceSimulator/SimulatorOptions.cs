namespace GrpcCreds.SalesforceSimulator;

/// <summary>How a simulator is started. Every listener is bound to 127.0.0.1; port 0 takes a free one.</summary>
public sealed record SimulatorOptions
{
    /// <summary>Port of the production personality, 0 to 65535.</summary>
    public int ProductionPort { get; init; }

    /// <summary>Port of the sandbox personality, 0 to 65535.</summary>
    public int SandboxPort { get; init; }

    /// <summary>Port of the control API, 0 to 65535. Null leaves the control API off.</summary>
    public int? ControlPort { get; init; }

    /// <summary>Base of the URLs that production's answers name, for example when clients reach it by another name. Null: the request's Host header.</summary>
    public Uri? ProductionInstanceUrl { get; init; }

    /// <summary>The same for sandbox.</summary>
    public Uri? SandboxInstanceUrl { get; init; }

    /// <summary>Life of a session from its login, in seconds (Salesforce: 900 to 86,400). Activity does not lengthen it.</summary>
    public int SessionSecondsValid { get; init; } = 7200;

    /// <summary>Wrong passwords in a row that lock a user, at least 1.</summary>
    public int LockoutAfter { get; init; } = 10;

    /// <summary>How long a user stays locked, in minutes.</summary>
    public int LockoutMinutes { get; init; } = 15;

    /// <summary>Start with <see cref="DefaultUsers"/>.</summary>
    public bool WithDefaultUsers { get; init; } = true;

    /// <summary>Start with <see cref="DefaultApps"/>.</summary>
    public bool WithDefaultApp { get; init; } = true;

    /// <summary>Authorizations are approved without a page, by <c>login_hint</c> or the first user.</summary>
    public bool AutoApprove { get; init; }

    /// <summary>The clock of sessions, lockouts and the ledger.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// Told what it is and the value of every secret that is issued or presented here (session, code, refresh token, code verifier), so that a test
    /// can search for them where none must stand. Null: nobody.
    /// </summary>
    public Action<string, string>? OnSecret { get; init; }

    /// <summary>Gets one line per request, never with a secret. Null: silence.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    internal void Validate()
    {
        foreach (var (name, port) in new[] { (nameof(ProductionPort), ProductionPort), (nameof(SandboxPort), SandboxPort), (nameof(ControlPort), ControlPort ?? 0) })
        {
            if (port is < 0 or > 65535)
                throw new ArgumentException($"{name} must be 0 to 65535");
        }
        ArgumentOutOfRangeException.ThrowIfLessThan(SessionSecondsValid, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(LockoutAfter, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(LockoutMinutes, 1);
    }
}
