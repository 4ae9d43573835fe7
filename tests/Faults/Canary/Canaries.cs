using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace GrpcCreds.Tests.Faults.Canary;

/// <summary>Unique secrets, each with its use: any occurrence elsewhere is a leak.</summary>
internal sealed class Canaries
{
    private const string Letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /// <summary>Characters that JSON, XML, URLs, logs and redis-cli each escape differently.</summary>
    private const string Odd = "\"&< é%\\";

    // For a long secret, two windows are searched, so that a part of it is also found.
    private const int Window = 24;

    private readonly ConcurrentDictionary<string, (string Use, byte[] Bytes)> searched = new();

    /// <summary>The search patterns, each with its use.</summary>
    public IReadOnlyCollection<(string Use, byte[] Bytes)> Searched => [.. searched.Values];

    /// <summary>24 letters and digits with a capital at the front, so that it is no tenant_id.</summary>
    public string Plain(string use) => Add(use, "Q" + RandomNumberGenerator.GetString(Letters, 23));

    /// <summary>31 characters, seven of them such that encodings change them.</summary>
    public string Strange(string use) => Add(use, RandomNumberGenerator.GetString(Letters, 12) + Odd + RandomNumberGenerator.GetString(Letters, 12));

    /// <summary>A secret that somebody else has made.</summary>
    public string Add(string use, string secret)
    {
        if (secret.Length <= 2 * Window)
            Keep(use, Encoding.UTF8.GetBytes(secret));
        else
        {
            Keep(use, Encoding.UTF8.GetBytes(secret[^Window..]));
            Keep(use, Encoding.UTF8.GetBytes(secret.Substring((secret.Length / 2) - (Window / 2), Window)));
        }
        return secret;
    }

    /// <summary>A secret that is no text.</summary>
    public void Add(string use, byte[] secret) => Keep(use, secret);

    private void Keep(string use, byte[] bytes) => searched[Convert.ToHexString(bytes)] = (use, bytes);
}
