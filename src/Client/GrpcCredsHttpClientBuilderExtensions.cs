using GrpcCreds.Client;
using Microsoft.Extensions.Http;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Attaches Salesforce sessions to HTTP clients.</summary>
public static class GrpcCredsHttpClientBuilderExtensions
{
    /// <summary>
    /// Lets an HTTP client call Salesforce as a tenant: see <see cref="SalesforceSessionHandler"/> for what it does and which requests it refuses. Relative
    /// addresses lead to the session's host. Needs <c>AddGrpcCredsClient</c>. The Authorization header is not logged, at no level.
    /// </summary>
    /// <param name="builder">The client. Handlers that retry are added before.</param>
    /// <param name="tenantId">1 to 63 of a-z, 0-9 and '-', neither first nor last '-'. It is watched from the first use of the client.</param>
    /// <exception cref="ArgumentException">That is no tenant id.</exception>
    public static IHttpClientBuilder AddSalesforceSession(this IHttpClientBuilder builder, string tenantId)
    {
        ArgumentNullException.ThrowIfNull(builder);
        CredentialWatch.CheckTenantId(tenantId);
        builder.Services.PostConfigure<HttpClientFactoryOptions>(builder.Name, options =>
        {
            var others = options.ShouldRedactHeaderValue;
            options.ShouldRedactHeaderValue = header => header.Equals("Authorization", StringComparison.OrdinalIgnoreCase) || others(header);
        });
        return builder
            .ConfigureHttpClient(client => client.BaseAddress ??= SalesforceSessionHandler.BaseAddress)
            .AddHttpMessageHandler(provider => new SalesforceSessionHandler(provider.GetRequiredService<CredentialWatch>().For(tenantId)));
    }
}
