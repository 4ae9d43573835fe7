using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace GrpcCreds.Server.Keys;

/// <summary>
/// Seals bytes with AES-256-GCM, each time under a new key that HKDF derives from a master key and a fresh salt; so no nonce can repeat.
/// </summary>
/// <remarks>
/// <code>
/// sealed      = format(1) ‖ length of key id(1) ‖ key id ‖ salt(32) ‖ ciphertext ‖ tag(16)
/// plaintext   = length of data(4, big endian) ‖ data ‖ zeros up to a multiple of 256
/// key ‖ nonce = HKDF-SHA256(master key, salt, "grpccreds seal 1"), 32 ‖ 12 bytes
/// </code>
/// The class is not declared sealed, so that the test suite can seed the bug "no associated data" and check that its tests fail.
/// </remarks>
internal class Sealer
{
    private const byte Format = 1;
    private const int SaltSize = 32;
    private const int TagSize = 16;
    private const int NonceSize = 12;
    private const int Padding = 256;

    // One reference, swapped as a whole: a sealing operation in progress ends with the keys it began with.
    private volatile Unlocking? unlocked;

    public string DeploymentId => Unlocked.DeploymentId;

    public KeyRing Keys => Unlocked.Keys;

    private Unlocking Unlocked =>
        unlocked ?? throw new InvalidOperationException("the sealer was used before start-up gave it the keys");

    /// <summary>Sets the keys: first at start-up, before anything is sealed or opened, then whenever they have changed.</summary>
    public void Unlock(string deploymentId, KeyRing keys) => unlocked = new(deploymentId, keys);

    /// <summary>Seals with the writing key.</summary>
    public byte[] Seal(SealedFor purpose, ReadOnlySpan<byte> data)
    {
        var keys = Keys;
        return Seal(purpose, data, keys.WritingKeyId, keys);
    }

    /// <summary>Seals with the audit key, for data that must still open when the current master key is long gone.</summary>
    public byte[] SealForAudit(SealedFor purpose, ReadOnlySpan<byte> data) => Seal(purpose, data, KeyRing.AuditKeyId, Keys);

    /// <summary>Opens what was sealed for the same purpose. Null: the key is not here, or the bytes cannot be trusted.</summary>
    public byte[]? Open(SealedFor purpose, ReadOnlySpan<byte> sealedBytes)
    {
        if (sealedBytes.Length < 2 || sealedBytes[0] != Format)
            return null;
        var headerSize = 2 + sealedBytes[1] + SaltSize;
        if (sealedBytes.Length < headerSize + Padding + TagSize)
            return null;
        var keyId = KeyIdOf(sealedBytes);
        if (Keys.Find(keyId) is not { } key)
            return null;

        Span<byte> derived = stackalloc byte[KeyRing.KeySize + NonceSize];
        Derive(key, sealedBytes.Slice(headerSize - SaltSize, SaltSize), derived);
        var padded = new byte[sealedBytes.Length - headerSize - TagSize];
        try
        {
            using var aes = new AesGcm(derived[..KeyRing.KeySize], TagSize);
            aes.Decrypt(derived[KeyRing.KeySize..], sealedBytes[headerSize..^TagSize], sealedBytes[^TagSize..], padded, AssociatedData(purpose, keyId));
            return padded.AsSpan(sizeof(int), BinaryPrimitives.ReadInt32BigEndian(padded)).ToArray();
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(derived);
            CryptographicOperations.ZeroMemory(padded);
        }
    }

    /// <summary>The key that sealed these bytes.</summary>
    public static string KeyIdOf(ReadOnlySpan<byte> sealedBytes) => Encoding.ASCII.GetString(sealedBytes.Slice(2, sealedBytes[1]));

    /// <summary>What the bytes are bound to: format, deployment, purpose, subject, number, key id; each prefixed with its length.</summary>
    protected virtual byte[] AssociatedData(SealedFor purpose, string keyId)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(Format);
        writer.Write(DeploymentId);
        writer.Write(purpose.Purpose);
        writer.Write(purpose.Subject);
        writer.Write(purpose.Number);
        writer.Write(keyId);
        return bytes.ToArray();
    }

    private byte[] Seal(SealedFor purpose, ReadOnlySpan<byte> data, string sealingKeyId, KeyRing keys)
    {
        var keyId = Encoding.ASCII.GetBytes(sealingKeyId);
        var padded = new byte[(sizeof(int) + data.Length + Padding - 1) / Padding * Padding];
        BinaryPrimitives.WriteInt32BigEndian(padded, data.Length);
        data.CopyTo(padded.AsSpan(sizeof(int)));

        var headerSize = 2 + keyId.Length + SaltSize;
        var result = new byte[headerSize + padded.Length + TagSize];
        result[0] = Format;
        result[1] = (byte)keyId.Length;
        keyId.CopyTo(result, 2);
        var salt = result.AsSpan(2 + keyId.Length, SaltSize);
        RandomNumberGenerator.Fill(salt);

        Span<byte> derived = stackalloc byte[KeyRing.KeySize + NonceSize];
        Derive(keys.Find(sealingKeyId)!, salt, derived);
        using var aes = new AesGcm(derived[..KeyRing.KeySize], TagSize);
        aes.Encrypt(
            derived[KeyRing.KeySize..], padded, result.AsSpan(headerSize, padded.Length), result.AsSpan(^TagSize..),
            AssociatedData(purpose, sealingKeyId));
        CryptographicOperations.ZeroMemory(derived);
        CryptographicOperations.ZeroMemory(padded);
        return result;
    }

    private static void Derive(byte[] masterKey, ReadOnlySpan<byte> salt, Span<byte> output) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, masterKey, output, salt, "grpccreds seal 1"u8);

    private sealed record Unlocking(string DeploymentId, KeyRing Keys);
}
