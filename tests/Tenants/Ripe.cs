using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Tests.Tenants;

/// <summary>Claims as seen by a server that has followed every commit from the start: those up to this rev are over.</summary>
internal static class Ripe
{
    public static Command.Expire Expire(TenantRecord state, DateTimeOffset now) => new(
        Modes.Places.Select(place => state[place.Mode, place.Slot])
            .Select(credential => (credential?.Renewal.Claim?.Since, credential?.Renewal.Claim?.EndTime))
            .Append((state.Test?.Attempt, state.Test?.EndTime)).Append((state.Setup?.Completion?.Attempt, state.Setup?.Completion?.EndTime))
            .Append((state.Revision, PublishedState.By(state).Session?.ExpectedExpireTime))
            .Where(claim => claim.EndTime <= now).Max(claim => claim.Item1) ?? 0);
}
