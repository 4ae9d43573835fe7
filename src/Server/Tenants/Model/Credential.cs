using System.Text.Json.Serialization;

namespace GrpcCreds.Server.Tenants.Model;

/// <summary>What an administrator saved for a mode, and the session it yields.</summary>
internal abstract record Credential
{
    /// <summary>The rev of the commit that saved it: the result of a test or setup counts only for exactly the values it was made with.</summary>
    public required long CredentialId { get; init; }

    public required bool UseSandbox { get; init; }

    /// <summary>The org's My Domain host; null for the generic login host.</summary>
    public string? MyDomain { get; init; }

    public required DateTimeOffset SetTime { get; init; }

    public required string SetBy { get; init; }

    public TestResult? LastTest { get; init; }

    /// <summary>Its session, and the state of its renewal.</summary>
    // The name used in records that are already stored.
    [JsonPropertyName("Upkeep")]
    public SessionRenewal Renewal { get; init; } = SessionRenewal.None;
}
