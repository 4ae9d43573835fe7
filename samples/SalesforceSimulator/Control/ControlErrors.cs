using System.Security.Cryptography;
using System.Text.Json;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>Answers a faulty control request with an error text: 404 for a missing object, otherwise 400.</summary>
internal static class ControlErrors
{
    public static async Task ToAnswers(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception problem) when (
            problem is BadHttpRequestException or ArgumentException or KeyNotFoundException or JsonException or CryptographicException)
        {
            context.Response.StatusCode = problem is KeyNotFoundException ? 404 : 400;
            await context.Response.WriteAsync(problem.InnerException?.Message ?? problem.Message, context.RequestAborted);
        }
    }
}
