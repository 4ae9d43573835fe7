using System.CommandLine;
using Google.Protobuf;
using Grpc.Core;
using GrpcCreds.Cli.Connection;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;
using Spectre.Console.Rendering;

namespace GrpcCreds.Cli.Commands;

/// <summary>One run of a command: what was typed, where to write, and the connection, which is opened when it is first used.</summary>
internal sealed class Invocation(ParseResult parse, Terminal terminal, CancellationToken cancellationToken) : IDisposable
{
    /// <summary>The deadline that the contract recommends for reads.</summary>
    private static readonly TimeSpan ReadDeadline = TimeSpan.FromSeconds(10);

    private Target? target;
    private ServiceConnection? connection;

    public Terminal Terminal => terminal;

    public CancellationToken CancellationToken => cancellationToken;

    public Target Target => target ??= Target.Resolve(Value(GlobalOptions.Context), Value(GlobalOptions.Address));

    public ServiceConnection Connection => connection ??= new(Target, Value(GlobalOptions.Verbose) ? terminal.Note : null);

    public SyncCredentials.SyncCredentialsClient Client => Connection.Client;

    public OutputFormat Output => Value(GlobalOptions.Output) ?? OutputFormat.Table;

    /// <summary>The format of a command that streams: lines of JSON for another program, unless the user chose.</summary>
    public OutputFormat StreamOutput => Value(GlobalOptions.Output) ?? (terminal.OutIsTerminal ? OutputFormat.Table : OutputFormat.Json);

    public T? Value<T>(Option<T> option) => parse.GetValue(option);

    public T? Value<T>(Argument<T> argument) => parse.GetValue(argument);

    public T Required<T>(Argument<T> argument) => parse.GetRequiredValue(argument);

    /// <summary>Whether the option was typed.</summary>
    public bool Has(Option option) => parse.GetResult(option) is { Implicit: false };

    /// <summary>The options of a read.</summary>
    public CallOptions Read() => new(deadline: DateTime.UtcNow + ReadDeadline, cancellationToken: cancellationToken);

    public async Task<CredentialStatus> StatusAsync(string tenant) =>
        (await Client.GetCredentialStatusAsync(new() { TenantId = tenant }, Read())).Status;

    /// <summary>Writes a result: the message as it is, or for people.</summary>
    public void Show(IMessage message, Func<IRenderable> table)
    {
        if (Output == OutputFormat.Table)
            terminal.Out.Write(table());
        else
            terminal.Line(ProtoText.Write(message, Output, streams: false));
    }

    public void Dispose() => connection?.Dispose();
}
