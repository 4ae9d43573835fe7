namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>A staged set as Salesforce shows it.</summary>
/// <param name="ConsumerKey">The key.</param>
/// <param name="ConsumerSecret">The secret; null if the user may not see it.</param>
/// <param name="CreatedBy">The 18-character id of the user who staged it; null if Salesforce did not say.</param>
/// <param name="CreatedTime">When it was staged, by Salesforce's clock; null if Salesforce did not say.</param>
/// <param name="IsRotated">Whether it was the primary set before.</param>
/// <param name="Path">The path of its own resource.</param>
internal sealed record StagedSet(string ConsumerKey, Secret? ConsumerSecret, string? CreatedBy, DateTimeOffset? CreatedTime, bool IsRotated, string Path);
