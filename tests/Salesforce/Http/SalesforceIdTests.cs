using GrpcCreds.Server.Salesforce.Http;
using Xunit;

namespace GrpcCreds.Tests.Salesforce.Http;

public sealed class SalesforceIdTests
{
    [Theory]
    [InlineData("70130000001tcyI", "70130000001tcyIAAQ")]
    [InlineData("00558000001N0Ke", "00558000001N0KeAAK")]
    [InlineData("005600000045vWe", "005600000045vWeAAI")]
    [InlineData("0055i000000YOs1", "0055i000000YOs1AAG")]
    [InlineData("00Dxx0000001gPL", "00Dxx0000001gPLEAY")]
    [InlineData("00B6F00000Dim5b", "00B6F00000Dim5bUAB")]
    [InlineData("00Dx0000000BV7z", "00Dx0000000BV7zEAG")]
    [InlineData("005x00000012Q9P", "005x00000012Q9PAAU")]
    [InlineData("00D3k000000tr3G", "00D3k000000tr3GEAQ")]
    [InlineData("00DABCDEFGHIJKL", "00DABCDEFGHIJKL255")]
    [InlineData("005000000000000", "005000000000000AAA")]
    [InlineData("a0D30000001n7Pi", "a0D30000001n7PiEAI")]
    public void An_id_of_15_characters_gets_its_three_and_an_id_of_18_its_case(string id, string canonical)
    {
        Assert.Equal(canonical, SalesforceId.Canonical(id));
        Assert.Equal(canonical, SalesforceId.Canonical(canonical));
        Assert.Equal(canonical, SalesforceId.Canonical(canonical.ToLowerInvariant()));
        Assert.Equal(canonical, SalesforceId.Canonical(canonical.ToUpperInvariant()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("00Dxx0000001gP")]
    [InlineData("00Dxx0000001gPLE")]
    [InlineData("00Dxx0000001gPLEA")]
    [InlineData("00Dxx0000001gPLEAYY")]
    [InlineData("00Dxx0000001gP-")]
    [InlineData("00Dxx0000001gP ")]
    [InlineData("00Dxx0000001gPé")]
    [InlineData("00Dxx0000001gP１")]
    [InlineData("00Dxx0000001gPLEA6")]
    [InlineData("00Dxx0000001gPLEA9")]
    [InlineData("00Dxx0000001gPLEAX")]
    [InlineData("00Dxx0000001gPL1AY")]
    [InlineData("005000000000000BAA")]
    [InlineData("00Dxx0000001gPLEAYY0")]
    public void What_is_no_id_is_none(string? id) => Assert.Null(SalesforceId.Canonical(id));

    [Fact]
    public void A_prefix_counts_with_its_case()
    {
        Assert.Equal("00Dxx0000001gPLEAY", SalesforceId.OfOrg("00dxx0000001gpleay"));
        Assert.Null(SalesforceId.OfOrg("00dxx0000001gPL"));
        Assert.Null(SalesforceId.OfOrg("005600000045vWeAAI"));
        Assert.Null(SalesforceId.OfUser("00Dxx0000001gPLEAY"));
        Assert.Null(SalesforceId.OfUser("00e2w000003A5qrAAC"));
        Assert.Equal("005600000045vWeAAI", SalesforceId.OfUser("005600000045vWe"));
        Assert.Null(SalesforceId.Identity("005600000045vWe", "00Dxx0000001gPL"));
    }

    [Theory]
    [InlineData("00Dxx0000001gPLEAY", false)]
    [InlineData("00dxx0000001gpleay", false)]
    [InlineData("00DXX0000001GPLEAY", false)]
    [InlineData("00DABCDEFGHIJKL255", false)]
    [InlineData("005000000000000AAA", false)]
    [InlineData("00Dxx0000001gPL", false)]
    [InlineData("00dxx0000001gPL", false)]
    [InlineData("00Dxx0000001gplEAY", true)]
    [InlineData("00Dxx0000001gPLEAI", true)]
    [InlineData("00Dxx0000001gPLeay", true)]
    [InlineData("00dxx0000001gPLEAY", true)]
    [InlineData("005600000045vWEAAI", true)]
    public void An_id_in_mixed_case_must_fit_its_suffix_exactly(string id, bool isTypo) => Assert.Equal(isTypo, SalesforceId.IsTypo(id));

    [Fact]
    public void Two_ids_may_differ_in_nothing_but_case() =>
        Assert.NotEqual(SalesforceId.Canonical("00Dxx0000001gPL"), SalesforceId.Canonical("00Dxx0000001gPl"));
}
