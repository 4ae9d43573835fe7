using System.Text.Json;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.House;

/// <summary>The dates that Salesforce announced stand in one table; the page shows it, and warnings take their day from it.</summary>
public sealed class SalesforceDatesTests
{
    [Fact]
    public void The_page_shows_the_table_of_the_code()
    {
        var page = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "operations", "salesforce-dates.md"));
        Assert.Equal(
            AnnouncedDate.All.Select(date => $"| {date.Announced} | {date.Day:yyyy-MM-dd} | {date.Change} | {date.Source} |"),
            page.SkipWhile(line => !line.StartsWith("| Announced |", StringComparison.Ordinal)).Where(line => line.StartsWith('|')).Skip(2));
    }

    [Fact]
    public void Every_date_that_Salesforce_announced_is_in_it_with_its_source()
    {
        Assert.Equal(
            ["September 2025", "Winter '26", "Spring '26", "May 2026", "Summer '26", "20 February 2027", "Summer '27"],
            AnnouncedDate.All.Select(date => date.Announced));
        Assert.All(AnnouncedDate.All, date => Assert.Matches("Salesforce Help [0-9]{9}", date.Source));
    }

    [Fact]
    public void The_page_names_every_warning_that_has_a_date()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations", "salesforce-dates.md"));
        var named = Deadlines.Warnings.Select(warning => JsonNamingPolicy.SnakeCaseUpper.ConvertName(warning.ToString())).ToList();
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.Contains(name, page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_dates_have_their_order() =>
        Assert.Equal(AnnouncedDate.All.Select(date => date.Day).OfType<DateOnly>().Order(), AnnouncedDate.All.Select(date => date.Day).OfType<DateOnly>());

    [Fact]
    public void A_deadline_names_its_warning_its_day_and_what_to_do()
    {
        var record = new TenantRecord { Tenant = TenantId.Parse("acme") };
        var deadlines = Deadlines.Of(record, [Warning.StoreWeak, Warning.PasswordStillStored, Warning.RenewalFailing]).ToList();
        var deadline = Assert.Single(deadlines);
        Assert.Equal((Warning.PasswordStillStored, "2027-06-01T00:00:00Z"), (deadline.Warning, deadline.Time.ToString().Trim('"')));
        Assert.EndsWith(".", deadline.Advice, StringComparison.Ordinal);
        Assert.NotEmpty(deadline.Source);
    }
}
