using GrpcCreds.Client;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Attaches Salesforce sessions to HTTP clients.</summary>
public static class GrpcCredsHttpClientBuilderExtensions
{
    /// <summary>
    /// Lets an HTTP client call Salesforce as a tenant. <see cref="SalesforceSessionHandler"/> describes what it does and which requests it refuses.
    /// Relative addresses go to the session's host. Requires <c>AddGrpcCredsClient</c>. Removes the client's loggers, because at level Trace they pass
    /// every header, redacted or not, to structured logging. The metrics and traces of .NET remain. Add your own logger after this call.
    /// </summary>
    /// <param name="builder">The client. Add handlers that retry before this call.</param>
    /// <param name="tenantId">1 to 63 of a-z, 0-9 and '-', neither first nor last '-'. The tenant is watched from the first use of the client.</param>
    /// <exception cref="ArgumentException">The text is not a tenant id.</exception>
    public static IHttpClientBuilder AddSalesforceSession(this IHttpClientBuilder builder, string tenantId)
    {
        ArgumentNullException.ThrowIfNull(builder);
        CredentialWatch.CheckTenantId(tenantId);
        return builder
            .RemoveAllLoggers()
            .ConfigureHttpClient(client => client.BaseAddress ??= SalesforceSessionHandler.BaseAddress)
            .AddHttpMessageHandler(provider => new SalesforceSessionHandler(provider.GetRequiredService<CredentialWatch>().For(tenantId)));
    }
}
