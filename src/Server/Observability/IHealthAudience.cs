namespace GrpcCreds.Server.Observability;

/// <summary>Decides which clients see details of the service's health and not only its status.</summary>
internal interface IHealthAudience
{
    Task<bool> SeesDetailsAsync(HttpContext context);
}
