using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Accounts;

/// <summary>A login that Salesforce refused. Until <paramref name="EndTime"/>, the same values get this answer and are not sent.</summary>
internal sealed record RememberedRefusal(string Values, Failure Failure, DateTimeOffset EndTime);
