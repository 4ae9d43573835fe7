namespace GrpcCreds.Server.Accounts;

/// <summary>
/// The right to send exactly one login of an account. It ends when it is settled, and else at <paramref name="EndTime"/>.
/// </summary>
/// <param name="Attempt">Drawn by who asked: by it a claim whose writing got no answer is recognised.</param>
/// <param name="Account">Which account, as <see cref="AccountPrints"/> names it.</param>
/// <param name="Values">The fingerprint of exactly what is sent.</param>
/// <param name="TestTime">Under which time it stands among the tests; null: it is not one.</param>
internal sealed record AccountClaim(Guid Attempt, string Account, string Values, DateTimeOffset EndTime, DateTimeOffset? TestTime = null);
