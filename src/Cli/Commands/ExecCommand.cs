using System.CommandLine;
using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Output;
using GrpcCreds.Client;
using Grpc.Core;

namespace GrpcCreds.Cli.Commands;

/// <summary>Runs a command with a session in its environment.</summary>
internal static class ExecCommand
{
    private static readonly Argument<string[]> Command = new("COMMAND")
        { Description = "The command and its arguments, after --.", Arity = ArgumentArity.OneOrMore };

    private static readonly Option<bool> RestartOnChange = new("--restart-on-change")
        { Description = "When the session changes, end the command (SIGTERM, after 10 s SIGKILL) and start it with the new one." };

    private static readonly Option<int?> Timeout = new("--timeout")
        { Description = "Wait at most so many seconds for a session. Default: 30.", HelpName = "SECONDS" };

    public static CliCommand Create(Terminal terminal) => new CliCommand(
        "exec",
        "Runs a command with a fresh session in its environment: SALESFORCE_ACCESS_TOKEN and SALESFORCE_INSTANCE_URL. Hands on signals and its exit code. "
            + "Needs the role node.",
        "grpccreds exec acme -- python3 export_accounts.py",
        "grpccreds exec acme --restart-on-change -- ./sync.sh")
        { TenantArguments.Tenant, RestartOnChange, Timeout, Command }
        .Runs(terminal, RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var command = invocation.Required(Command);
        var tenant = invocation.Required(TenantArguments.Tenant);
        // A refusal ends the command here; the watch would ask again and again.
        await invocation.Client.GetActiveCredentialAsync(
            new() { TenantId = tenant }, new(deadline: DateTime.UtcNow.AddSeconds(30), cancellationToken: invocation.CancellationToken));
        await using var watch = new CredentialWatch(new()
        {
            Address = invocation.Target.Address,
            ConfigureHandler = invocation.Target.Configure,
            CallerHeaders = async (refused, cancellationToken) => invocation.Connection.Tokens.AreNeeded
                ? new Metadata { { "authorization", $"Bearer {await invocation.Connection.Tokens.GetAsync(refused, cancellationToken)}" } }
                : [],
        });
        var source = watch.For(tenant);
        var session = await SessionAsync(invocation, source);
        using var child = new ChildProcess(command);
        child.Start(session);
        if (!invocation.Value(RestartOnChange))
            return await child.ExitCodeAsync();
        return await RestartAsync(invocation, source, child, session);
    }

    private static async Task<SalesforceSession> SessionAsync(Invocation invocation, CredentialSource source)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(invocation.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(invocation.Value(Timeout) ?? 30));
        try
        {
            return await source.GetAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!invocation.CancellationToken.IsCancellationRequested)
        {
            throw source.Current is NoSession none
                ? new CommandFailedException(Exit.Refused, $"{source.TenantId} has no session ({Names.Of(none.Cause)}). {none.Advice}")
                : new CommandFailedException(Exit.Unreachable, "No session came in time. grpccreds doctor finds out why.");
        }
    }

    private static async Task<int> RestartAsync(Invocation invocation, CredentialSource source, ChildProcess child, SalesforceSession session)
    {
        using var ended = new CancellationTokenSource();
        var exit = child.ExitCodeAsync();
        while (true)
        {
            var change = NextAsync(source, session, ended.Token);
            if (await Task.WhenAny(exit, change) == exit)
            {
                await ended.CancelAsync();
                return await exit;
            }
            session = await change;
            invocation.Terminal.Note($"The session has changed (revision {session.Revision}): the command is started again.");
            await child.StopAsync();
            child.Start(session);
            exit = child.ExitCodeAsync();
        }
    }

    private static async Task<SalesforceSession> NextAsync(CredentialSource source, SalesforceSession held, CancellationToken cancellationToken)
    {
        await foreach (var answer in source.ChangesAsync(cancellationToken))
            if (answer is SalesforceSession session && session.Revision != held.Revision)
                return session;
        throw new CommandFailedException(Exit.Unreachable, "The watch has ended.");
    }
}
