using System.CommandLine;
using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;

namespace GrpcCreds.Cli.Commands;

/// <summary>Rotates and deletes the client credentials of a tenant.</summary>
internal static class ClientCredentialsCommand
{
    private static readonly Option<bool> Leaked = new("--leaked") { Description = "The secret in force has leaked: drop it as soon as the new one is proven." };

    private static readonly Option<string?> StagedKey = new("--staged-consumer-key")
        { Description = "Use this staged set although the service did not stage it: the key that a stopped rotation names.", HelpName = "KEY" };

    public static CliCommand Create(Terminal terminal) => new(
        "client-credentials", "Rotates and deletes the client credentials of a tenant; set-client-credentials saves them.")
    {
        Rotate(terminal),
        DeleteCommands.ClientCredentials(terminal),
    };

    private static CliCommand Rotate(Terminal terminal)
    {
        var command = new CliCommand(
            "rotate",
            "Rotates the key and secret of the app: the service stages a new set in Salesforce, proves it, puts it in force, and drops the former one. Shows "
                + "the steps until the new set is proven.",
            "grpccreds client-credentials rotate acme",
            "grpccreds client-credentials rotate acme --leaked --reason \"seen in a log\"")
            { TenantArguments.Tenant, Leaked, StagedKey, SharedOptions.NoWait };
        SharedOptions.AddTo(command);
        return command.Runs(terminal, RotateAsync);
    }

    private static async Task<int> RotateAsync(Invocation invocation)
    {
        var request = new RotateClientSecretRequest
        {
            TenantId = invocation.Required(TenantArguments.Tenant),
            Leaked = invocation.Value(Leaked),
            StagedConsumerKey = invocation.Value(StagedKey) ?? "",
        };
        var exitCode = await WriteFlow.RunAsync(
            invocation, Mode.ClientCredentials, "Starting the rotation …", request, invocation.Client.RotateClientSecretAsync);
        return exitCode != Exit.Done || invocation.Value(SharedOptions.NoWait) ? exitCode : await FollowAsync(invocation, request.TenantId);
    }

    private static async Task<int> FollowAsync(Invocation invocation, string tenant)
    {
        SecretRotation? last = null;
        await foreach (var status in StatusStream.ReadAsync(invocation, new() { TenantId = tenant, Until = Until.RotationFinished }))
        {
            var mode = status.Modes.FirstOrDefault(each => each.Mode == Mode.ClientCredentials);
            var rotation = mode?.Current?.Rotation ?? mode?.Candidate?.Rotation;
            if (rotation is not null && (rotation.Step != last?.Step || rotation.Outcome != last.Outcome))
                invocation.Terminal.Note($"{Names.Of(rotation.Outcome)}: next is {Names.Of(rotation.Step)}. {rotation.Failure?.Advice}".TrimEnd());
            last = rotation;
        }
        return last?.Outcome == Outcome.Succeeded ? Exit.Done : Exit.TestFailed;
    }
}
