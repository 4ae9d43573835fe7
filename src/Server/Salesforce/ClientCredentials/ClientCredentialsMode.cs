using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Salesforce.Tokens;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.ClientCredentials;

/// <summary>Client credentials: each new session is a new request with the app's key and secret.</summary>
internal sealed class ClientCredentialsMode(ClientCredentialsClient client, OAuthClient oauth) : TokenMode<ClientCredential>(oauth)
{
    public override Mode Mode => Mode.ClientCredentials;

    protected override Task<TestVerdict> RequestAsync(ClientCredential app, SalesforceIdentity? expected, Func<bool> maySend) =>
        client.RequestAsync(app, expected, maySend);
}
