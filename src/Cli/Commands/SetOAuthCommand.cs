using System.CommandLine;
using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;

namespace GrpcCreds.Cli.Commands;

/// <summary>Saves the org and the user for OAuth.</summary>
internal static class SetOAuthCommand
{
    public static readonly Option<string?> UserId = new("--user-id")
        { Description = "The Salesforce user: 15 or 18 characters that begin with 005.", HelpName = "ID" };

    public static CliCommand Create(Terminal terminal)
    {
        var command = new CliCommand(
            "set-oauth",
            "Saves the org and the user as which the nodes connect with OAuth. Nothing changes for the nodes until a Salesforce user has authorized them: "
                + "see oauth setup.",
            "grpccreds set-oauth acme --org-id 00Dxx0000001gPLEAY --user-id 005600000045vWeAAI",
            "grpccreds set-oauth acme --org-id 00Dxx0000001gPLEAY --user-id 005600000045vWeAAI --staged")
        {
            TenantArguments.Tenant, SharedOptions.OrgId, UserId, SharedOptions.Sandbox, SharedOptions.MyDomain, SharedOptions.Staged,
        };
        SharedOptions.AddTo(command);
        return command.Runs(terminal, RunAsync);
    }

    private static Task<int> RunAsync(Invocation invocation)
    {
        var request = new SetOAuthCredentialRequest { TenantId = invocation.Required(TenantArguments.Tenant) };
        if (invocation.Value(SharedOptions.OrgId) is { } org)
            request.OrgId = org;
        if (invocation.Value(UserId) is { } user)
            request.UserId = user;
        if (SetOptions.Flag(invocation, SharedOptions.Sandbox) is { } sandbox)
            request.UseSandbox = sandbox;
        if (invocation.Value(SharedOptions.MyDomain) is { } myDomain)
            request.MyDomain = myDomain;
        request.Activation = SetOptions.Activation(invocation);
        return WriteFlow.RunAsync(invocation, Mode.Oauth, "Saving …", request, invocation.Client.SetOAuthCredentialAsync);
    }
}
