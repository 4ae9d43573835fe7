using System.CommandLine;
using System.Runtime.InteropServices;
using Grpc.Core;
using GrpcCreds.Cli;
using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Commands;
using GrpcCreds.Cli.Output;

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

var terminal = new Terminal();
try
{
    var parsed = CommandTree.Build(terminal).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
    if (parsed.Action is System.CommandLine.Invocation.ParseErrorAction)
        return UsageErrors.Print(parsed, terminal);
    var run = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
    return await parsed.InvokeAsync(run, stop.Token);
}
catch (CommandFailedException failure)
{
    terminal.Problem(failure.Message.Split('\n'));
    return failure.ExitCode;
}
catch (RpcException failure) when (!stop.IsCancellationRequested)
{
    var (exitCode, lines) = Refusal.Explain(failure);
    terminal.Problem(lines);
    return exitCode;
}
catch (Exception failure) when (stop.IsCancellationRequested && failure is OperationCanceledException or RpcException)
{
    terminal.Note(terminal.ErrorIsTerminal ? "\nInterrupted." : "Interrupted.");
    return Exit.Interrupted;
}
catch (IOException failure) when (Terminal.IsBrokenPipe(failure))
{
    // The reader has seen enough.
    return Exit.Done;
}
catch (Exception bug)
{
    // Not its message, which may quote what was typed.
    terminal.Problem([$"This is a bug in grpccreds ({bug.GetType()}).", .. (bug.StackTrace ?? "").Split('\n').Select(line => line.Trim())]);
    return Exit.Usage;
}

// The first signal ends the command in order. The second ends the process at once, unless exec hands signals on.
void Stop(PosixSignalContext signal)
{
    signal.Cancel |= !stop.IsCancellationRequested;
    stop.Cancel();
}
