using System.Text;
using GrpcCreds.Server.Accounts;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;
using Xunit;

namespace GrpcCreds.Tests.Accounts;

public sealed class AccountRecordTests
{
    // As it was written before tests that pass were told apart.
    private const string Old = """
        {"Claim":{"Attempt":"0d9f0a52-6f1c-4d7e-9f0e-2f9f5a2f7c11","Account":"account","Values":"values","EndTime":"2027-03-01T12:01:00+00:00"},
        "Refusals":[{"Values":"others","Failure":{"Class":"LoginRefused","SalesforceCode":"INVALID_LOGIN",
        "Advice":"check it","Time":"2027-03-01T11:59:00+00:00"},
        "EndTime":"2027-03-01T12:14:00+00:00"}],"Tests":["2027-03-01T11:58:00+00:00","2027-03-01T12:00:00+00:00"]}
        """;

    [Fact]
    public void A_record_of_an_older_version_opens_and_its_claim_settles()
    {
        var sealer = new Sealer();
        sealer.Unlock("deployment-1", new KeyRing(new Dictionary<string, byte[]> { ["main"] = Key(1) }, "main", Key(2)));
        var stored = new CasEntry(1, sealer.SealForAudit(new SealedFor("account", "account", 1), Encoding.UTF8.GetBytes(Old)));

        var record = new AccountSealer(sealer).Open("account", stored);
        Assert.Equal((1, 2, 0), (record.Refusals.Count, record.Tests.Count, record.PassedTests.Count));
        Assert.Null(record.Claim!.TestTime);
        var settled = AccountRules.Settle(record, record.Claim, failure: null, new(2027, 3, 1, 12, 0, 5, TimeSpan.Zero));
        // Which of the tests passed is not known: all count.
        Assert.Equal((null, 2, 0), (settled.Claim, settled.Tests.Count, settled.PassedTests.Count));
    }

    private static byte[] Key(byte value) => [.. Enumerable.Repeat(value, KeyRing.KeySize)];
}
