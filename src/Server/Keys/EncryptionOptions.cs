using System.ComponentModel.DataAnnotations;

namespace GrpcCreds.Server.Keys;

/// <summary>Settings of the keys, section <c>Encryption</c>.</summary>
internal sealed class EncryptionOptions
{
    public const string Section = "Encryption";

    private const string Allowed = "the id of a key, 1 to 32 of a-z, 0-9 and '-'";

    /// <summary>Where the key files are (<see cref="KeyFiles"/>); by default <c>keys</c> in the data directory. Read again every 2 s.</summary>
    public string? KeysDirectory { get; set; }

    /// <summary>
    /// Id of the master key that is meant to seal new writes: 1 to 32 of a-z, 0-9 and '-'. It becomes active as soon as every live server has it;
    /// a key that was replaced cannot become active again.
    /// </summary>
    [Required(ErrorMessage = Allowed), RegularExpression("^[a-z0-9-]{1,32}$", ErrorMessage = Allowed)]
    public string WritingKey { get; set; } = "main";
}
