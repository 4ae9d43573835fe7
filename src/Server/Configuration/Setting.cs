namespace GrpcCreds.Server.Configuration;

/// <summary>Reads the value of a setting.</summary>
internal static class Setting
{
    /// <summary>Empty text counts as unset: a later source of settings can unset an earlier one's value only in this way.</summary>
    public static string? OrNull(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
