using GrpcCreds.Cli.Commands;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;
using Spectre.Console;

namespace GrpcCreds.Cli.Calls;

/// <summary>Says what a destructive command will do, and asks. What was said holds: the write is bound to the status that it was said from.</summary>
internal static class Consequences
{
    /// <summary>How many nodes use the tenant now.</summary>
    public static string Nodes(CredentialStatus status) => Names.Count(status.Rollout?.Expected ?? 0, "node");

    /// <summary>Whether to go on.</summary>
    /// <param name="invocation">The command.</param>
    /// <param name="text">What will happen.</param>
    /// <param name="isLoss">Whether something will be lost; if not, nobody is asked.</param>
    /// <exception cref="CommandFailedException">There is nobody to ask, or the answer was no.</exception>
    public static async Task<bool> AcceptAsync(Invocation invocation, string text, bool isLoss)
    {
        if (invocation.Value(SharedOptions.DryRun))
        {
            invocation.Terminal.Line($"Would do: {text}");
            return false;
        }
        invocation.Terminal.Note(text);
        if (!isLoss || invocation.Value(SharedOptions.Yes))
            return true;
        if (!invocation.Terminal.CanAsk)
            throw new CommandFailedException(Exit.Usage, "There is no terminal to ask on. Nothing was done. Repeat it with --yes.");
        var isAccepted = await new ConfirmationPrompt("Go on?") { DefaultValue = false }.ShowAsync(invocation.Terminal.Error, invocation.CancellationToken);
        return isAccepted ? true : throw new CommandFailedException(Exit.Usage, "Nothing was done.");
    }

    /// <summary>What deleting a mode's credential does.</summary>
    public static string OfDelete(CredentialStatus status, Mode mode)
    {
        var saved = status.Modes.FirstOrDefault(each => each.Mode == mode);
        if ((saved?.Current ?? saved?.Candidate) is null)
            return $"{status.TenantId} has nothing saved for {Names.Argument(mode)}.";
        var parts = new[] { saved!.Current is null ? null : "the current credential", saved.Candidate is null ? null : "the candidate" }.OfType<string>();
        var what = $"Deletes {string.Join(" and ", parts)} of {Names.Of(mode)} of {status.TenantId} for good.";
        return status.ActiveMode == mode
            ? $"{what} It is in force: {Nodes(status)} will lose the session at once and stop, until another mode is put in force."
            : $"{what} The nodes do not use it.";
    }
}
