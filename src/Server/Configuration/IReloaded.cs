namespace GrpcCreds.Server.Configuration;

/// <summary>Something made of files that is made again when they change.</summary>
internal interface IReloaded
{
    /// <summary>Which, in logs and metrics.</summary>
    string Name { get; }

    /// <summary>Why the files as they are now are not used; null if they are.</summary>
    string? Problem { get; }

    /// <summary>Looks at the files.</summary>
    /// <returns>Whether they had changed.</returns>
    bool Look();
}
