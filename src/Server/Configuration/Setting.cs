namespace GrpcCreds.Server.Configuration;

/// <summary>What a setting may be.</summary>
internal static class Setting
{
    /// <summary>A later source of settings can take an earlier one's away only by an empty text.</summary>
    public static string? OrNull(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
