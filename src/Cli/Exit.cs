namespace GrpcCreds.Cli;

/// <summary>The exit codes of every command. Scripts rely on them.</summary>
internal static class Exit
{
    public const int Done = 0;

    /// <summary>The command line or the configuration is wrong; nothing was sent.</summary>
    public const int Usage = 1;

    /// <summary>The service refused the call; every wrong field is named.</summary>
    public const int Refused = 2;

    /// <summary>The service does not know the caller, or the caller may not make this call.</summary>
    public const int NotAllowed = 3;

    /// <summary>The service cannot be reached, or did not answer.</summary>
    public const int Unreachable = 4;

    /// <summary>The question was answered with no: the access test failed, not all nodes have moved, a chain is broken, or doctor found a fault.</summary>
    public const int TestFailed = 5;

    public const int Interrupted = 130;
}

/// <summary>An expected end of a command, with a text for the user that contains no secret.</summary>
internal sealed class CommandFailedException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
