namespace GrpcCreds.Server.Tenants.Model;

/// <summary>A consumer key and the secret that belongs to it.</summary>
internal sealed record ConsumerSet(string ConsumerKey, Secret ConsumerSecret);
