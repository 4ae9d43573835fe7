namespace GrpcCreds.Server.Tenants.Model;

/// <summary>Finds the setup of a state, for who only looks: the setup rules decide about who acts.</summary>
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
