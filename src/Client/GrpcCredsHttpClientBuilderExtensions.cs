using GrpcCreds.Client;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Attaches Salesforce sessions to HTTP clients.</summary>
public static class GrpcCredsHttpClientBuilderExtensions
{
    /// <summary>
    /// Lets an HTTP client call Salesforce as a tenant: see <see cref="SalesforceSessionHandler"/> for what it does and which requests it refuses. Relative
    /// addresses lead to the session's host. Needs <c>AddGrpcCredsClient</c>. Removes the client's loggers: at level Trace they hand every header, redacted or not, to
    /// whoever logs structured. Metrics and traces of .NET go on; a logger of your own is added after this.
    /// </summary>
    /// <param name="builder">The client. Handlers that retry are added before.</param>
    /// <param name="tenantId">1 to 63 of a-z, 0-9 and '-', neither first nor last '-'. It is watched from the first use of the client.</param>
    /// <exception cref="ArgumentException">That is no tenant id.</exception>
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
