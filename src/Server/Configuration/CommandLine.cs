namespace GrpcCreds.Server.Configuration;

/// <summary>The arguments as they are written: the platform passes over what is no setting without a word.</summary>
internal static class CommandLine
{
    /// <exception cref="FormatException">One is no setting. It is not repeated, for it may be a part of a secret.</exception>
    public static void Check(string[] args)
    {
        for (var at = 0; at < args.Length; at++)
        {
            if (args[at] is not (['-', '-', _, ..] or ['/', _, ..]))
                throw new FormatException($"argument {at + 1} is no setting: settings are written --Section:Name=value. The only command is new-api-key, alone");
            if (!args[at].Contains('=', StringComparison.Ordinal) && (++at == args.Length || args[at].StartsWith("--", StringComparison.Ordinal)))
                throw new FormatException($"argument {at} has no value: settings are written --Section:Name=value");
        }
    }
}
