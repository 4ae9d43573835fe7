using System.Text.Json.Serialization;

namespace GrpcCreds.Server.Tenants.Model;

/// <summary>What an administrator saved for a mode, and the session it yields.</summary>
internal abstract record Credential
{
    /// <summary>The rev of the commit that saved it: a test's or setup's result counts only for the very values it was made with.</summary>
    public required long CredentialId { get; init; }

    public required bool UseSandbox { get; init; }

    /// <summary>The org's My Domain host; null for the generic login host.</summary>
    public string? MyDomain { get; init; }

    public required DateTimeOffset SetTime { get; init; }

    public required string SetBy { get; init; }

    public TestResult? LastTest { get; init; }

    /// <summary>Its session, and what keeps that alive.</summary>
    // Its name in records that are stored already.
    [JsonPropertyName("Upkeep")]
    public SessionRenewal Renewal { get; init; } = SessionRenewal.None;
}
