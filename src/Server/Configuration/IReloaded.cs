namespace GrpcCreds.Server.Configuration;

/// <summary>A value built from files that is rebuilt when they change.</summary>
internal interface IReloaded
{
    /// <summary>The value's name in logs and metrics.</summary>
    string Name { get; }

    /// <summary>Why the files' current contents are not used; null if they are.</summary>
    string? Problem { get; }

    /// <summary>Checks the files for changes.</summary>
    /// <returns>Whether they had changed.</returns>
    bool Look();
}
