namespace GrpcCreds.Server.Credentials;

/// <summary>How the setup stands that a state belongs to.</summary>
internal enum SetupStanding
{
    /// <summary>This tenant knows no such state, or has forgotten it.</summary>
    Unknown,

    /// <summary>Somebody may come back from Salesforce with it.</summary>
    Open,

    /// <summary>Somebody came back with it, and the code is being exchanged.</summary>
    Completing,

    /// <summary>It was completed, and <see cref="TenantRecord.LastSetup"/> says how that ended.</summary>
    Last,

    /// <summary>It was completed, and a later setup has ended since.</summary>
    Used,

    /// <summary>Nobody came back in time.</summary>
    Expired,

    /// <summary>An administrator's later write took its place.</summary>
    Superseded,
}

/// <summary>Finds the setup of a state, for who only looks: <see cref="SetupRules"/> decides about who acts.</summary>
internal static class SetupStandings
{
    public static SetupStanding Of(TenantRecord record, string stateHash, DateTimeOffset now)
    {
        if (record.Setup is { } setup && setup.StateHash == stateHash)
        {
            return setup.Completion is not null ? SetupStanding.Completing
                : setup.ExpireTime > now ? SetupStanding.Open
                : SetupStanding.Expired;
        }
        return record.ClosedSetups.FirstOrDefault(closed => closed.StateHash == stateHash) switch
        {
            null => SetupStanding.Unknown,
            { End: SetupEnd.Expired } => SetupStanding.Expired,
            { End: SetupEnd.Superseded } => SetupStanding.Superseded,
            var used => used == record.ClosedSetups[0] ? SetupStanding.Last : SetupStanding.Used,
        };
    }
}
