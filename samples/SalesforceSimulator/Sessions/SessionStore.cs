using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>The live sessions of one personality.</summary>
internal sealed class SessionStore(SimulatorOptions options)
{
    private readonly ConcurrentDictionary<string, SimulatedSession> sessions = new();
    private int started;

    /// <param name="user">The user that logs in.</param>
    /// <param name="secondsValid">The lifetime of the session.</param>
    /// <param name="grant">The grant of the access token; null for a SOAP login.</param>
    public SimulatedSession Start(SimulatedUser user, int secondsValid, Grant? grant = null)
    {
        var now = options.TimeProvider.GetUtcNow();
        var session = new SimulatedSession
        {
            Number = Interlocked.Increment(ref started),
            // The classic form: the organization's 15 characters, '!', and a secret.
            Id = $"{user.OrgId[..15]}!AQ{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(48))}",
            Username = user.Username,
            OrgId = user.OrgId,
            UserId = user.UserId,
            StartTime = now,
            ExpireTime = now.AddSeconds(secondsValid),
            PasswordExpired = user.PasswordExpired && grant is null,
            GrantNumber = grant?.Number,
            ConsumerKey = grant?.ConsumerKey,
            Scopes = grant?.Scopes,
        };
        options.OnSecret?.Invoke("session", session.Id);
        return sessions[session.Id] = session;
    }

    public SimulatedSession? Find(string id) => sessions.GetValueOrDefault(id) is { } session && IsAlive(session) ? session : null;

    public IReadOnlyList<SimulatedSession> Alive() => [.. sessions.Values.Where(IsAlive).OrderBy(session => session.Number)];

    /// <summary>Ends the chosen sessions and returns how many were alive. Clients cannot distinguish an ended session from an expired one.</summary>
    public int End(Func<SimulatedSession, bool> choose) =>
        Alive().Where(choose).Count(session => sessions.TryRemove(session.Id, out _));

    private bool IsAlive(SimulatedSession session) => session.ExpireTime > options.TimeProvider.GetUtcNow();
}
