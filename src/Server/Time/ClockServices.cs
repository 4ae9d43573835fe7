using System.Globalization;
using GrpcCreds.Server.Configuration;
using GrpcCreds.Server.Observability;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Time;

/// <summary>The one clock of the service.</summary>
internal static partial class ClockServices
{
    public static IServiceCollection AddClock(this IServiceCollection services)
    {
        services.AddSettings<ClockOptions>(ClockOptions.Section)
            .Validate<IHostEnvironment>(
                (clock, host) => clock.IsReal || host.IsDevelopment(), "Clock:Speed and Clock:Adjustable are allowed in Development only");
        services.TryAddSingleton(provider =>
            Create(provider.GetRequiredService<IOptions<ClockOptions>>().Value, provider.GetRequiredService<ILoggerFactory>()));
        return services;
    }

    /// <summary>Maps the endpoint that makes an adjustable clock jump, or sets its time of day.</summary>
    public static void MapClock(this IEndpointRouteBuilder routes)
    {
        if (routes.ServiceProvider.GetRequiredService<TimeProvider>() is not DevelopmentClock clock
            || !routes.ServiceProvider.GetRequiredService<IOptions<ClockOptions>>().Value.Adjustable)
            return;
        routes.MapPost("/development/clock", (HttpContext context) =>
        {
            var query = HiddenQuery.Of(context);
            if (TimeOf("step") is { } step)
                clock.Step(step);
            else if (TimeOf("advance") is { } advance)
                clock.Advance(advance);
            else
                return Results.Problem("advance, or step, must be longer than 0, as in 01:30:00", statusCode: StatusCodes.Status400BadRequest);
            TimeSpan? TimeOf(string name) =>
                TimeSpan.TryParse(query.GetValueOrDefault(name), CultureInfo.InvariantCulture, out var time) && time > TimeSpan.Zero ? time : null;
            return Results.Ok(clock.GetUtcNow());
        });
    }

    private static TimeProvider Create(ClockOptions options, ILoggerFactory logging)
    {
        if (options.IsReal)
            return TimeProvider.System;
        Log.NotReal(logging.CreateLogger(typeof(ClockServices)), options.Speed, options.Adjustable);
        return new DevelopmentClock(options.Speed);
    }

    private static partial class Log
    {
        [LoggerMessage(110, LogLevel.Warning,
            "THE CLOCK IS NOT REAL: speed {Speed}, adjustable {Adjustable}. Sessions and claims expire by it; never use this with a real Salesforce")]
        public static partial void NotReal(ILogger logger, double speed, bool adjustable);
    }
}
