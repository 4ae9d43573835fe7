using System.Text.Json.Serialization;

namespace GrpcCreds.Cli.Connection;

/// <summary>A server and how to identify to it. No secret is stored: tokens and API keys come from a command or a file.</summary>
internal sealed record ContextSettings
{
    /// <summary><c>https://host:port</c>, or <c>http://host:port</c> (h2c) on loopback.</summary>
    [JsonPropertyName("address")]
    public string? Address { get; init; }

    /// <summary>A command for the shell. The first line that it prints is the token or API key.</summary>
    [JsonPropertyName("token_command")]
    public string? TokenCommand { get; init; }

    /// <summary>A file whose first line is the token or API key.</summary>
    [JsonPropertyName("token_file")]
    public string? TokenFile { get; init; }

    /// <summary>The client certificate, PEM.</summary>
    [JsonPropertyName("certificate_file")]
    public string? CertificateFile { get; init; }

    /// <summary>The private key of the certificate, PEM.</summary>
    [JsonPropertyName("key_file")]
    public string? KeyFile { get; init; }

    /// <summary>The authorities, PEM, that the server's certificate must come from. Without it: those of the system.</summary>
    [JsonPropertyName("authorities_file")]
    public string? AuthoritiesFile { get; init; }
}

/// <summary>What the contexts file contains.</summary>
internal sealed record ContextsFile
{
    /// <summary>The name of the context in use.</summary>
    [JsonPropertyName("current")]
    public string? Current { get; init; }

    /// <summary>All contexts by name.</summary>
    [JsonPropertyName("contexts")]
    public IReadOnlyDictionary<string, ContextSettings> Contexts { get; init; } = new Dictionary<string, ContextSettings>();
}
