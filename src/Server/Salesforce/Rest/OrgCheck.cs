using System.Globalization;
using System.Text.Json;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Rest;

/// <summary>
/// What the org says about itself, for IDENTITY: the session reaches the org that the login named, it is a sandbox exactly if use_sandbox says so, and when
/// its trial ends. An answer that says nothing leaves the check as it was.
/// </summary>
internal static class OrgCheck
{
    public const string Query = $"SELECT {Id}, {IsSandbox}, {TrialEnd} FROM Organization";

    private const string Id = "Id";
    private const string IsSandbox = "IsSandbox";
    private const string TrialEnd = "TrialExpirationDate";

    /// <param name="identity">The check as the login has passed it.</param>
    /// <param name="orgId">The org that the login named.</param>
    /// <param name="useSandbox">The environment according to the credential.</param>
    /// <param name="answer">The answer to <see cref="Query"/>.</param>
    /// <param name="now">The current time.</param>
    public static Check Of(Check identity, string orgId, bool useSandbox, DataAnswer answer, DateTimeOffset now)
    {
        if (answer is not DataAnswer.Found { Body: var body } || Row(body) is not { } row)
            return identity;
        if (SalesforceId.OfOrg(row.Text(Id)) is { } found && found != orgId)
            return Wrong($"The session reaches another org than {orgId}, which the login named: check my_domain, and test again.");
        if (row.Member(IsSandbox) is { ValueKind: JsonValueKind.True or JsonValueKind.False } sandbox && sandbox.GetBoolean() != useSandbox)
        {
            return Wrong(
                $"The org is a {Kind(sandbox.GetBoolean())}, but use_sandbox says {Kind(useSandbox)}: correct use_sandbox, "
                + "or use the credential of the other org.");
        }
        return Date(row.Text(TrialEnd)) is { } end && end > now
            ? identity with { Detail = $"{identity.Detail}; the org is a trial that ends on {end:yyyy-MM-dd}", TrialEndTime = end }
            : identity;

        Check Wrong(string advice) => identity.NotPassed(Outcome.Failed, new(FailureClass.WrongIdentity, null, advice, now));
    }

    private static string Kind(bool sandbox) => sandbox ? "sandbox" : "production org";

    private static JsonElement? Row(JsonElement body) =>
        body.Member("records") is { ValueKind: JsonValueKind.Array } records && records.GetArrayLength() == 1
            && records[0] is { ValueKind: JsonValueKind.Object } row
            ? row
            : null;

    private static DateTimeOffset? Date(string? text) =>
        DateTimeOffset.TryParseExact(text, "yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var date)
            ? date
            : null;
}
