namespace GrpcCreds.Server.Configuration;

/// <summary>Checks the arguments as written: the platform silently ignores an argument that is not a setting.</summary>
internal static class CommandLine
{
    /// <exception cref="FormatException">One is not a setting. It is not repeated, because it may be part of a secret.</exception>
    public static void Check(string[] args)
    {
        for (var at = 0; at < args.Length; at++)
        {
            if (args[at] is not (['-', '-', _, ..] or ['/', _, ..]))
            {
                throw new FormatException(
                    $"argument {at + 1} is not a setting: settings are written --Section:Name=value. The only command is new-api-key, on its own");
            }
            if (!args[at].Contains('=', StringComparison.Ordinal) && (++at == args.Length || args[at].StartsWith("--", StringComparison.Ordinal)))
                throw new FormatException($"argument {at} has no value: settings are written --Section:Name=value");
        }
    }
}
