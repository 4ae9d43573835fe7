using GrpcCreds.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace GrpcCreds.Cli.Output;

/// <summary>The checks of an access test, one line each.</summary>
internal static class ChecksView
{
    public static IRenderable Of(TestResult test) => new Rows(test.Checks.Select(Line));

    private static Paragraph Line(Check check)
    {
        var (sign, color) = check.Outcome switch
        {
            Outcome.Succeeded => ("✓", Color.Green),
            Outcome.Failed when check.Decides => ("✗", Color.Red),
            Outcome.Failed => ("!", Color.Yellow),
            _ => ("-", Color.Grey),
        };
        var text = string.Join(' ', new[] { check.Detail, check.Failure?.Advice ?? "" }.Where(part => part.Length > 0));
        return new Paragraph().Append($"  {sign} ", new Style(color)).Append($"{check.Name,-22}").Append(text);
    }
}
