using System.ComponentModel.DataAnnotations;

namespace GrpcCreds.Server.Encryption;

/// <summary>Settings of the keys, section <c>Encryption</c>.</summary>
internal sealed class EncryptionOptions
{
    public const string Section = "Encryption";

    /// <summary>Where the key files are, <c>&lt;id&gt;.key</c> each; by default <c>keys</c> in the data directory.</summary>
    public string? KeysDirectory { get; set; }

    /// <summary>Id of the master key that seals what is written: 1 to 32 of a-z, 0-9 and '-'.</summary>
    [Required, RegularExpression("^[a-z0-9-]{1,32}$")]
    public string WritingKey { get; set; } = "main";
}
