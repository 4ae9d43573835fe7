using Google.Protobuf;
using Grpc.Core;
using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;

namespace GrpcCreds.Cli.Commands;

/// <summary>Deletes what is saved for a mode; the same for each of them.</summary>
internal static class DeleteCommands
{
    public static CliCommand Password(Terminal terminal) => Create<DeletePasswordCredentialRequest, DeletePasswordCredentialResponse>(
        terminal, "delete-password", "password", Mode.Password, "grpccreds delete-password acme",
        tenant => new DeletePasswordCredentialRequest { TenantId = tenant, AllowActive = true },
        invocation => invocation.Client.DeletePasswordCredentialAsync);

    public static CliCommand OAuth(Terminal terminal) => Create<DeleteOAuthRequest, DeleteOAuthResponse>(
        terminal, "delete", "OAuth credential, whose grants Salesforce then revokes", Mode.Oauth, "grpccreds oauth delete acme",
        tenant => new DeleteOAuthRequest { TenantId = tenant, AllowActive = true },
        invocation => invocation.Client.DeleteOAuthAsync);

    public static CliCommand ClientCredentials(Terminal terminal) => Create<DeleteClientCredentialsRequest, DeleteClientCredentialsResponse>(
        terminal, "delete", "client credentials, whose token Salesforce then revokes", Mode.ClientCredentials, "grpccreds client-credentials delete acme",
        tenant => new DeleteClientCredentialsRequest { TenantId = tenant, AllowActive = true },
        invocation => invocation.Client.DeleteClientCredentialsAsync);

    public static CliCommand JwtBearer(Terminal terminal) => Create<DeleteJwtBearerCredentialRequest, DeleteJwtBearerCredentialResponse>(
        terminal, "delete", "credential for JWT bearer with its keys", Mode.JwtBearer, "grpccreds jwt-bearer delete acme",
        tenant => new DeleteJwtBearerCredentialRequest { TenantId = tenant, AllowActive = true },
        invocation => invocation.Client.DeleteJwtBearerCredentialAsync);

    private static CliCommand Create<TRequest, TResponse>(
        Terminal terminal,
        string name,
        string what,
        Mode mode,
        string example,
        Func<string, TRequest> request,
        Func<Invocation, Func<TRequest, CallOptions, AsyncUnaryCall<TResponse>>> call)
        where TRequest : IMessage
        where TResponse : IMessage
    {
        var command = new CliCommand(
            name,
            $"Deletes for good a tenant's {what}: current and candidate. Says first how many nodes use it. No other mode is put in force instead.",
            example,
            $"{example} --dry-run")
            { TenantArguments.Tenant, SharedOptions.Yes, SharedOptions.DryRun };
        SharedOptions.AddTo(command);
        return command.Runs(terminal, async invocation =>
        {
            var status = await invocation.StatusAsync(invocation.Required(TenantArguments.Tenant));
            var isLoss = status.Modes.Any(each => each.Mode == mode && (each.Current ?? each.Candidate) is not null);
            if (!await Consequences.AcceptAsync(invocation, Consequences.OfDelete(status, mode), isLoss))
                return Exit.Done;
            // The etag makes sure that no more is lost than was said.
            var message = request(status.TenantId);
            if (status.Etag.Length > 0)
                message.Descriptor.FindFieldByName("etag").Accessor.SetValue(message, status.Etag);
            return await WriteFlow.RunAsync(invocation, Mode.Off, "Deleting …", message, call(invocation));
        });
    }
}
