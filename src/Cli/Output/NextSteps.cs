using GrpcCreds.V1;
using Action = GrpcCreds.V1.Action;

namespace GrpcCreds.Cli.Output;

/// <summary>What can be done with a tenant now, as commands to paste.</summary>
internal static class NextSteps
{
    public static IEnumerable<(string What, string Command)> For(CredentialStatus status)
    {
        var tenant = status.TenantId;
        foreach (var mode in status.Modes)
            foreach (var action in mode.AvailableActions)
                if (!IsDone(status, mode, action) && Step(tenant, mode.Mode, action) is { } step)
                    yield return step;
        if (status.Modes.Any(mode => mode is { Mode: Mode.Password, Candidate: not null }))
            yield return ("correct", $"grpccreds set-password {tenant}");
        if (status.Modes.Count == 0)
        {
            yield return ("password", $"grpccreds set-password {tenant} --username USER");
            yield return ("OAuth", $"grpccreds set-oauth {tenant} --org-id 00D… --user-id 005…");
        }
        if (status.ActiveMode is not (Mode.Off or Mode.Unspecified))
        {
            yield return ("nodes", $"grpccreds nodes {tenant}");
            yield return ("switch off", $"grpccreds off {tenant}");
        }
    }

    /// <summary>The service allows to put in force what is in force, which tests it again; that is what test is for.</summary>
    private static bool IsDone(CredentialStatus status, ModeStatus mode, Action action) =>
        action == Action.Activate && mode.Candidate is null && status.ActiveMode == mode.Mode;

    private static (string, string)? Step(string tenant, Mode mode, Action action) => action switch
    {
        Action.Setup => ("authorize", $"grpccreds oauth setup {tenant}"),
        Action.Reset => ("reset", $"grpccreds oauth reset {tenant}"),
        Action.Test => ("test", $"grpccreds test {tenant} {Names.Argument(mode)}"),
        Action.Activate => ("put in force", $"grpccreds use {tenant} {Names.Argument(mode)}"),
        Action.Discard => ("discard", $"grpccreds discard {tenant} {Names.Argument(mode)}"),
        Action.Rotate => ("rotate", $"grpccreds client-credentials rotate {tenant}"),
        Action.Delete => ("delete", mode == Mode.Password ? $"grpccreds delete-password {tenant}" : $"grpccreds {Names.Argument(mode)} delete {tenant}"),
        _ => null,
    };
}
