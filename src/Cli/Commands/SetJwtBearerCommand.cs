using System.CommandLine;
using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;

namespace GrpcCreds.Cli.Commands;

/// <summary>Saves an app and its user for JWT bearer; the service makes the key.</summary>
internal static class SetJwtBearerCommand
{
    private static readonly Option<string?> Username = new("--username", "-u")
        { Description = "The user that the app acts as. Default: as saved.", HelpName = "USER" };

    private static readonly Option<bool> NewKey = new("--new-key") { Description = "Make a new key although there is one." };

    private static readonly Option<int?> Validity = new("--certificate-days")
        { Description = "How many days the certificate of the new key is valid, 1 to 1825. Default: 365.", HelpName = "DAYS" };

    public static CliCommand Create(Terminal terminal)
    {
        var command = new CliCommand(
            "set-jwt-bearer",
            "Saves an app in the tenant's own org and the user that it acts as. The service makes the key; upload its certificate to the app "
                + "(jwt-bearer certificate), and put it in force with use.",
            "grpccreds set-jwt-bearer acme --consumer-key 3MVG9… --username sync@acme.example",
            "grpccreds set-jwt-bearer acme --new-key --certificate-days 730")
        {
            TenantArguments.Tenant, SharedOptions.ConsumerKey, Username, SharedOptions.MyDomain, SharedOptions.Sandbox, SharedOptions.OrgId, NewKey, Validity,
            SharedOptions.Staged, SharedOptions.NoWait,
        };
        SharedOptions.AddTo(command);
        return command.Runs(terminal, RunAsync);
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var request = new SetJwtBearerCredentialRequest { TenantId = invocation.Required(TenantArguments.Tenant), NewKey = invocation.Value(NewKey) };
        if (invocation.Value(SharedOptions.ConsumerKey) is { } key)
            request.ConsumerKey = key;
        if (invocation.Value(Username) is { } username)
            request.Username = username;
        if (invocation.Value(SharedOptions.MyDomain) is { } myDomain)
            request.MyDomain = myDomain;
        if (SetOptions.Flag(invocation, SharedOptions.Sandbox) is { } sandbox)
            request.UseSandbox = sandbox;
        if (invocation.Value(SharedOptions.OrgId) is { } org)
            request.OrgId = org;
        if (invocation.Value(Validity) is { } days)
            request.CertificateValidityDays = days;
        request.Activation = SetOptions.Activation(invocation);
        var exitCode = await WriteFlow.RunAsync(invocation, Mode.JwtBearer, "Saving …", request, invocation.Client.SetJwtBearerCredentialAsync);
        if (exitCode == Exit.Done && invocation.Output == OutputFormat.Table)
            invocation.Terminal.Note($"The certificate for the app: grpccreds jwt-bearer certificate {request.TenantId} > {request.TenantId}.crt");
        return exitCode;
    }
}
