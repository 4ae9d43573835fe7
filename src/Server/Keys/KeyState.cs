
namespace GrpcCreds.Server.Keys;

/// <summary>What a key is to the deployment.</summary>
internal enum KeyState
{
    /// <summary>It has never sealed anything.</summary>
    Staged,

    /// <summary>It seals what is written.</summary>
    Active,

    /// <summary>Another one has replaced it; what it sealed is sealed again.</summary>
    Retiring,
}
