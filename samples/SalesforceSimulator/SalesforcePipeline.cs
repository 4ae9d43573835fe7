using System.Globalization;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>All endpoints of a personality.</summary>
internal static class SalesforcePipeline
{
    public static void MapSalesforce(this WebApplication app, World world)
    {
        app.Use((context, next) =>
        {
            // With a login URL that ends in a slash, clients request //services/…; Salesforce accepts that.
            while (context.Request.Path.Value!.Contains("//", StringComparison.Ordinal))
                context.Request.Path = context.Request.Path.Value.Replace("//", "/", StringComparison.Ordinal);
            // By the simulator's clock, as all times in its answers.
            context.Response.Headers.Date = world.Options.TimeProvider.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
            return next(context);
        });
        app.UseRouting();
        app.MapSoap(world);
        app.MapApps(world);
        app.MapData(world);
        app.MapUserInfo(world);
        app.MapIdentity(world);
        app.MapAuthorize(world);
        app.MapErrorPage(world);
        app.MapToken(world);
        app.MapRevoke(world);
        app.MapIntrospect(world);
        app.MapFallback(context => new Exchange(context, world, Endpoint.Other).RunAsync(() => Answer.Html(404)));
    }
}
