using System.Net;
using GrpcCreds.Server.Configuration;
using GrpcCreds.Server.Salesforce.ClientCredentials;
using GrpcCreds.Server.Salesforce.Dialogues;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.JwtBearer;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Salesforce.Renewal;
using GrpcCreds.Server.Salesforce.Results;
using GrpcCreds.Server.Salesforce.Rotation;
using GrpcCreds.Server.Salesforce.Setup;
using GrpcCreds.Server.Salesforce.Soap;
using GrpcCreds.Server.Salesforce.Tokens;
using GrpcCreds.Server.Salesforce.Testing;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Salesforce;

/// <summary>Registers the dialogue with Salesforce.</summary>
internal static class SalesforceServices
{
    public static IServiceCollection AddSalesforce(this IServiceCollection services)
    {
        services.AddSettings<SalesforceOptions>(SalesforceOptions.Section);
        services.AddSingleton<IPostConfigureOptions<SalesforceOptions>, ClientSecretReader>();
        services.TryAddSingleton<Resolve>(Dns.GetHostAddressesAsync);
        services.AddSingleton<Connector>().AddSingleton<SalesforceHttp>();
        services.TryAddSingleton(CallLimits.Default);
        services.AddSingleton<SalesforceClient>().AddSingleton<Logins>().AddSingleton<ResultCommitter>();
        services.AddSingleton<CheckReport>().AddSingleton<TestedWrites>();
        services.AddSingleton<HostLimiter>().AddSingleton<SessionRenewer>();
        services.AddSingleton<OAuthClient>().AddSingleton<OAuthSetups>().AddSingleton<Revocations>();
        services.AddSingleton<PasswordMode>().AddSingleton<ClientCredentialsClient>().AddSingleton<ClientCredentialsMode>();
        services.AddSingleton<TokenRequests>().AddSingleton<HostClocks>().AddSingleton<SigningKeys>();
        services.AddSingleton<JwtBearerClient>().AddSingleton<JwtBearerMode>();
        services.AddSingleton<StagedCredentialsClient>().AddSingleton<SecretRotator>();
        services.AddSingleton<IModeSessions>(provider => provider.GetRequiredService<PasswordMode>()).AddSingleton<IModeSessions, OAuthSessions>()
            .AddSingleton<IModeSessions>(provider => provider.GetRequiredService<ClientCredentialsMode>())
            .AddSingleton<IModeSessions>(provider => provider.GetRequiredService<JwtBearerMode>());
        services.AddSingleton<IModeTest>(provider => provider.GetRequiredService<PasswordMode>()).AddSingleton<IModeTest, AccessTest>()
            .AddSingleton<IModeTest>(provider => provider.GetRequiredService<ClientCredentialsMode>())
            .AddSingleton<IModeTest>(provider => provider.GetRequiredService<JwtBearerMode>());
        services.AddSingleton<InFlightWork>().AddHostedService(provider => provider.GetRequiredService<InFlightWork>());
        // Stops before InFlightWork does.
        return services.AddHostedService<DueWorker>().AddHostedService<SettingsWorker>();
    }
}
