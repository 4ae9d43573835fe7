namespace GrpcCreds.Server.Observability;

/// <summary>Decides who is shown more of the service's health than one word.</summary>
internal interface IHealthAudience
{
    Task<bool> SeesDetailsAsync(HttpContext context);
}
