namespace GrpcCreds.Server.Tenants.Model;

/// <summary>The login itself, for nodes that have to log in on their own.</summary>
internal sealed record DeliveredLogin(string Username, Secret Password, Secret SecurityToken);
