namespace GrpcCreds.Server.Tenants.Model;

// The contract's words as the rules use them, with the contract's numbers: the mapper casts. A test keeps the two in step.

/// <summary>How a tenant connects.</summary>
internal enum Mode
{
    Password = 1,
    Oauth = 2,
    Off = 3,
    ClientCredentials = 4,
    JwtBearer = 5,
}
