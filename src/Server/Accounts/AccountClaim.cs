namespace GrpcCreds.Server.Accounts;

/// <summary>
/// The right to send exactly one login of an account. It ends when it is settled, and at <paramref name="EndTime"/> at the latest.
/// </summary>
/// <param name="Attempt">Chosen by the claimant; it identifies a claim whose write got no answer.</param>
/// <param name="Account">The account's name, as <see cref="AccountPrints"/> builds it.</param>
/// <param name="Values">The fingerprint of exactly the values sent.</param>
/// <param name="TestTime">The time under which it is listed among the tests; null if it is not a test.</param>
internal sealed record AccountClaim(Guid Attempt, string Account, string Values, DateTimeOffset EndTime, DateTimeOffset? TestTime = null);
