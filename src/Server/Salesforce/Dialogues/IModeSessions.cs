using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Dialogues;

/// <summary>The calls to Salesforce that keep a mode's sessions alive. Each is one call to an endpoint, and every outcome is returned as a value.</summary>
internal interface IModeSessions
{
    Mode Mode { get; }

    /// <summary>Asks for a new session.</summary>
    /// <param name="claimed">The record as the claim was committed.</param>
    /// <param name="credential">The claimed credential.</param>
    /// <param name="maySend">Called right before the first byte: whether the claim on this call is still fresh.</param>
    Task<RenewalAnswer> RenewAsync(TenantRecord claimed, Credential credential, Func<bool> maySend);

    /// <summary>Asks whether the refresh token of the credential's standing grant is valid.</summary>
    Task<RenewalAnswer> IntrospectAsync(Credential credential) => throw new InvalidOperationException($"{Mode} has nothing to introspect");

    /// <summary>Asks whether a session is valid. Changes nothing, neither there nor here.</summary>
    Task<SessionCheck> CheckAsync(SalesforceSession session);
}
