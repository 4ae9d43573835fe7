using GrpcCreds.SalesforceSimulator;
using Xunit;

namespace GrpcCreds.Tests.Faults.Renewal;

public sealed class GrantWitnessTests
{
    private const string User = "ann@acme.test";

    public static TheoryData<string, GrantEntry[], GrantStory> Found => new()
    {
        { "parallel", [Grant(null, new PresentationEntry { Endpoint = Endpoint.Token, StartTime = default, InParallel = 2 })], new(IsInPlace: true) },
        { "reuse", [Grant(null, new PresentationEntry { Endpoint = Endpoint.Token, StartTime = default, InParallel = 1, WasReuse = true })],
            new(IsInPlace: true) },
        { "lost", [Grant(null), Grant(null)], new(IsInPlace: true) },
        { "lost", [Grant(null)], new(IsInPlace: false) },
        { "ended", [Grant(TokenEnd.ReuseDetected)], new(IsInPlace: true) },
        { "false alarm", [Grant(null)], new(IsInPlace: true, LostRenewals: 1) },
    };

    public static TheoryData<GrantEntry[], GrantStory> Good => new()
    {
        { [Grant(null)], new(IsInPlace: true) },
        { [Grant(TokenEnd.Revoked), Grant(null)], new(IsInPlace: true) },
        { [Grant(null), Grant(null)], new(IsInPlace: true, LostRenewals: 1) },
        { [Grant(null), Grant(null)], new(IsInPlace: true, UnknownSetups: 1) },
        { [Grant(null)], new(IsInPlace: true, UnknownSetups: 1) },
    };

    [Theory, MemberData(nameof(Found))]
    public void Finds(string what, GrantEntry[] grants, GrantStory story) =>
        Assert.StartsWith($"{what}:", Assert.Single(GrantWitness.Violations(grants, new Dictionary<string, GrantStory> { [User] = story })));

    [Theory, MemberData(nameof(Good))]
    public void Finds_nothing(GrantEntry[] grants, GrantStory story) =>
        Assert.Empty(GrantWitness.Violations(grants, new Dictionary<string, GrantStory> { [User] = story }));

    private static GrantEntry Grant(TokenEnd? end, params PresentationEntry[] presentations) => new()
    {
        Number = 1,
        ConsumerKey = "key",
        Username = User,
        OrgId = "00Dxx0000001gPLEAY",
        UserId = "005600000045vWeAAI",
        Scopes = [],
        ApproveTime = default,
        End = end,
        EndTime = null,
        AccessTokens = [],
        RefreshTokens = [new() { Fingerprint = "f", IssueTime = default, End = end, EndTime = null, Presentations = presentations }],
    };
}
