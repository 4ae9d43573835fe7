using GrpcCreds.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace GrpcCreds.Cli.Output;

/// <summary>The checks of an access test, one line each.</summary>
internal static class ChecksView
{
    public static IRenderable Of(TestResult test)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadLeft(2).PadRight(2)).AddColumn(new GridColumn().PadLeft(0));
        foreach (var check in test.Checks)
        {
            var (sign, color) = Sign(check);
            var text = string.Join(' ', new[] { check.Detail, check.Failure?.Advice ?? "" }.Where(part => part.Length > 0));
            grid.AddRow(new Paragraph().Append($"{sign} ", new Style(color)).Append(check.Name), new Text(text));
        }
        return grid;
    }

    private static (string Sign, Color Color) Sign(Check check) => check.Outcome switch
    {
        Outcome.Succeeded => ("✓", Color.Green),
        Outcome.Failed when check.Decides => ("✗", Color.Red),
        Outcome.Failed => ("!", Color.Yellow),
        _ => ("-", Color.Grey),
    };
}
