using System.Text.Json;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>A mistake in a control request is answered in words: 404 for what is not there, else 400.</summary>
internal static class ControlErrors
{
    public static async Task ToAnswers(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception problem) when (problem is BadHttpRequestException or ArgumentException or KeyNotFoundException or JsonException)
        {
            context.Response.StatusCode = problem is KeyNotFoundException ? 404 : 400;
            await context.Response.WriteAsync(problem.InnerException?.Message ?? problem.Message, context.RequestAborted);
        }
    }
}
