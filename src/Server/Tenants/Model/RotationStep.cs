namespace GrpcCreds.Server.Tenants.Model;

/// <summary>What the rotation of an app's secret does next. Each step is durable before the next one begins.</summary>
internal enum RotationStep
{
    /// <summary>Find the app, and whether a set is staged already.</summary>
    Look = 1,

    /// <summary>Have Salesforce make a new set.</summary>
    Stage = 2,

    /// <summary>Test the new set by a real token, and put it in force.</summary>
    Test = 3,

    /// <summary>Wait until all nodes have applied a session of the new set.</summary>
    RollOut = 4,

    /// <summary>Make the new set the app's primary one.</summary>
    Promote = 5,

    /// <summary>Test the new set again.</summary>
    Prove = 6,

    /// <summary>Test it once more, and drop the former set.</summary>
    Drop = 7,

    /// <summary>Put the former set back in force, because the new one does not work.</summary>
    Return = 8,

    Done = 9,
}
