namespace GrpcCreds.Server.Rollout;

/// <summary>Whether a node is present; the <c>Presence</c> of the contract.</summary>
internal enum Presence
{
    Connected = 1,
    Away = 2,
    Lost = 3,
    Left = 4,
}
