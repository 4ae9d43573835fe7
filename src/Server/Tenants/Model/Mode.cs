namespace GrpcCreds.Server.Tenants.Model;

// The words of the contract that the rules speak, with the contract's numbers: the mapper casts. A test holds the two together.

/// <summary>How a tenant connects.</summary>
internal enum Mode
{
    Password = 1,
    Oauth = 2,
    Off = 3,
}
