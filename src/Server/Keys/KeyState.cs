namespace GrpcCreds.Server.Keys;

/// <summary>The state of a key in the deployment.</summary>
internal enum KeyState
{
    /// <summary>It has never sealed anything.</summary>
    Staged,

    /// <summary>It seals new writes.</summary>
    Active,

    /// <summary>Another key has replaced it; what it sealed is being resealed.</summary>
    Retiring,
}
