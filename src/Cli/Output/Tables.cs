using Spectre.Console;

namespace GrpcCreds.Cli.Output;

/// <summary>Tables without lines, which are easy to read and to cut.</summary>
internal static class Tables
{
    public static Table Of(params string[] columns)
    {
        var table = new Table { Border = TableBorder.None, ShowHeaders = true };
        foreach (var column in columns)
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold)))
                { Padding = new Padding(0, 0, 2, 0), NoWrap = column == columns[0] });
        return table;
    }

    /// <summary>Adds a row of texts that are shown as they are.</summary>
    public static void Row(this Table table, params string[] cells) => table.AddRow(cells.Select(cell => new Text(cell)));
}
