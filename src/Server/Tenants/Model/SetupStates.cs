namespace GrpcCreds.Server.Tenants.Model;

/// <summary>Finds the setup of a state, for read-only callers: the setup rules decide what a caller may do with it.</summary>
internal static class SetupStates
{
    public static SetupState Of(TenantRecord record, string stateHash, DateTimeOffset now)
    {
        if (record.Setup is { } setup && setup.StateHash == stateHash)
        {
            return setup.Completion is not null ? SetupState.Completing
                : setup.ExpireTime > now ? SetupState.Open
                : SetupState.Expired;
        }
        return record.ClosedSetups.FirstOrDefault(closed => closed.StateHash == stateHash) switch
        {
            null => SetupState.Unknown,
            { End: SetupEnd.Expired } => SetupState.Expired,
            { End: SetupEnd.Superseded } => SetupState.Superseded,
            var used => used == record.ClosedSetups[0] ? SetupState.Last : SetupState.Used,
        };
    }
}
