using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;

namespace GrpcCreds.Cli.Commands;

/// <summary>Saves the key and secret of an app in the tenant's org.</summary>
internal static class SetClientCredentialsCommand
{
    private static readonly Option<bool> SecretStdin = new("--secret-stdin")
        { Description = "Read the consumer secret from the first line of standard input." };

    private static readonly Option<bool> KeepSecret = new("--keep-secret")
        { Description = "Do not ask for the secret; the saved one stays, and only the given options change." };

    private static readonly Option<int?> RotateEvery = new("--rotate-every")
        { Description = "Rotate key and secret by itself after so many days, 1 to 365; 0: only on request.", HelpName = "DAYS" };

    public static CliCommand Create(Terminal terminal)
    {
        var command = new CliCommand(
            "set-client-credentials",
            "Saves the consumer key and secret of an app in the tenant's own org: asks for the secret without echo, tests it at Salesforce, puts it in force, "
                + "and waits until all nodes have the new session.",
            "grpccreds set-client-credentials acme --consumer-key 3MVG9… --my-domain acme.my.salesforce.com",
            "grpccreds set-client-credentials acme --keep-secret --rotate-every 90")
        {
            TenantArguments.Tenant, SharedOptions.ConsumerKey, SecretStdin, KeepSecret, SharedOptions.MyDomain, SharedOptions.Sandbox, SharedOptions.OrgId,
            RotateEvery, SharedOptions.Staged, SharedOptions.NoWait,
        };
        SharedOptions.AddTo(command);
        return command.Runs(terminal, RunAsync);
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var request = new SetClientCredentialsRequest { TenantId = invocation.Required(TenantArguments.Tenant) };
        if (invocation.Value(SharedOptions.ConsumerKey) is { } key)
            request.ConsumerKey = key;
        if (invocation.Value(SharedOptions.MyDomain) is { } myDomain)
            request.MyDomain = myDomain;
        if (SetOptions.Flag(invocation, SharedOptions.Sandbox) is { } sandbox)
            request.UseSandbox = sandbox;
        if (invocation.Value(SharedOptions.OrgId) is { } org)
            request.OrgId = org;
        if (invocation.Value(RotateEvery) is { } days)
            request.RotateEvery = Duration.FromTimeSpan(TimeSpan.FromDays(days));
        request.Activation = SetOptions.Activation(invocation);
        if (invocation.Value(SecretStdin))
            request.ConsumerSecret = (await Secrets.ReadAsync(invocation, "--secret-stdin", 1, 1))[0];
        else if (!invocation.Value(KeepSecret))
            request.ConsumerSecret = await Secrets.AskAsync(invocation, "Consumer secret:", "--secret-stdin", allowEmpty: false);
        var doing = request.Activation == Activation.Staged ? "Saving …" : "Salesforce is asked whether key and secret work …";
        return await WriteFlow.RunAsync(invocation, Mode.ClientCredentials, doing, request, invocation.Client.SetClientCredentialsAsync);
    }
}
