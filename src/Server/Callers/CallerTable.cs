using System.Collections.Frozen;
using System.Security.Cryptography;
using GrpcCreds.Server.Callers.Certificates;

namespace GrpcCreds.Server.Callers;

/// <summary>The known callers, by proof of identity. An immutable snapshot of the caller file.</summary>
internal sealed class CallerTable(
    Dictionary<string, CallerEntry> uris,
    Dictionary<string, CallerEntry> subjects,
    Dictionary<string, CallerEntry> jwtSubjects,
    Dictionary<string, (byte[] Sha256, CallerEntry Caller)> apiKeys)
{
    private readonly FrozenDictionary<string, CallerEntry> uris = uris.ToFrozenDictionary(StringComparer.Ordinal);
    private readonly FrozenDictionary<string, CallerEntry> subjects = subjects.ToFrozenDictionary(StringComparer.Ordinal);
    private readonly FrozenDictionary<string, CallerEntry> jwtSubjects = jwtSubjects.ToFrozenDictionary(StringComparer.Ordinal);
    private readonly FrozenDictionary<string, (byte[] Sha256, CallerEntry Caller)> apiKeys = apiKeys.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Whether the table has no callers. Each caller in a table has at least one proof of identity.</summary>
    public bool IsEmpty => uris.Count + subjects.Count + jwtSubjects.Count + apiKeys.Count == 0;

    public CallerEntry? ByCertificate(CertificateIdentity identity) => (identity.IsUri ? uris : subjects).GetValueOrDefault(identity.Name);

    public CallerEntry? ByJwtSubject(string subject) => jwtSubjects.GetValueOrDefault(subject);

    /// <summary>Finds a caller by its API key. An unknown id takes the same comparison as a known one.</summary>
    public CallerEntry? ByApiKey(string id, byte[] sha256)
    {
        var known = apiKeys.TryGetValue(id, out var key);
        return CryptographicOperations.FixedTimeEquals(known ? key.Sha256 : new byte[SHA256.HashSizeInBytes], sha256) && known ? key.Caller : null;
    }
}
