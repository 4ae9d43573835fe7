using System.CommandLine;
using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;

namespace GrpcCreds.Cli.Commands;

/// <summary>Saves a Salesforce user's password.</summary>
internal static class SetPasswordCommand
{
    private static readonly Option<string?> Username = new("--username", "-u") { Description = "The Salesforce user. Default: as saved.", HelpName = "USER" };

    private static readonly Option<bool?> DeliverLogin = new("--deliver-login")
    {
        Description = "Nodes also receive the login itself; --deliver-login false takes it back. Default: as saved, else false.",
        HelpName = "true|false",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<bool> PasswordStdin = new("--password-stdin")
    {
        Description = "Read the password from the first line of standard input and the security token from the second; without a second line there is none.",
    };

    private static readonly Option<bool> KeepPassword = new("--keep-password")
        { Description = "Do not ask for the password; the saved one stays, and only the given options change." };

    public static CliCommand Create(Terminal terminal)
    {
        var command = new CliCommand(
            "set-password",
            "Saves a Salesforce user's password: asks for it and for the security token without echo, tests them at Salesforce, puts them in force, "
                + "and waits until all nodes have the new session. A test that fails changes nothing for the nodes.",
            "grpccreds set-password acme --username ann@acme.example",
            "grpccreds set-password acme --username ann@acme.example --sandbox --my-domain acme--uat.sandbox.my.salesforce.com",
            "pass show salesforce/acme | grpccreds set-password acme --username ann@acme.example --password-stdin --reason \"ticket 4711\"")
        {
            TenantArguments.Tenant, Username, PasswordStdin, KeepPassword,
            SharedOptions.Sandbox, SharedOptions.MyDomain, DeliverLogin, SharedOptions.Staged, SharedOptions.NoWait,
        };
        SharedOptions.AddTo(command);
        return command.Runs(terminal, RunAsync);
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var request = new SetPasswordCredentialRequest { TenantId = invocation.Required(TenantArguments.Tenant) };
        if (invocation.Value(Username) is { } username)
            request.Username = username;
        if (SetOptions.Flag(invocation, SharedOptions.Sandbox) is { } sandbox)
            request.UseSandbox = sandbox;
        if (invocation.Value(SharedOptions.MyDomain) is { } myDomain)
            request.MyDomain = myDomain;
        if (SetOptions.Flag(invocation, DeliverLogin) is { } deliver)
            request.DeliverLogin = deliver;
        request.Activation = SetOptions.Activation(invocation);
        if (invocation.Value(PasswordStdin))
        {
            var lines = await Secrets.ReadAsync(invocation, "--password-stdin", 1, 2);
            (request.Password, request.SecurityToken) = (lines[0], lines.Length > 1 ? lines[1] : "");
        }
        else if (!invocation.Value(KeepPassword))
        {
            request.Password = await Secrets.AskAsync(invocation, "Password:", "--password-stdin", allowEmpty: false);
            request.SecurityToken = await Secrets.AskAsync(invocation, "Security token (Enter if none is needed):", "--password-stdin", allowEmpty: true);
        }
        var doing = request.Activation == Activation.Staged ? "Saving …" : "Salesforce is asked whether the password works …";
        return await WriteFlow.RunAsync(invocation, Mode.Password, doing, request, invocation.Client.SetPasswordCredentialAsync);
    }
}
