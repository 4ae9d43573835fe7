using System.Collections.Concurrent;
using GrpcCreds.SalesforceSimulator;

namespace GrpcCreds.Tests.Faults.Crash;

/// <summary>The users of a run: one for each new password, so that every state of every tenant can be told from all others.</summary>
internal sealed class Users(Simulator simulator)
{
    public const string Password = "s3cret";

    private readonly ConcurrentDictionary<string, string> names = new();
    private int count;

    public string Add()
    {
        var user = simulator.AddUser($"user{Interlocked.Increment(ref count)}@crash.test", Password);
        names[user.UserId] = user.Username;
        return user.Username;
    }

    public string NameOf(string userId) => names.GetValueOrDefault(userId, $"unknown user {userId}");

    public Dictionary<string, int> Logins() =>
        simulator.Ledger().GroupBy(login => login.Username, StringComparer.Ordinal).ToDictionary(logins => logins.Key, logins => logins.Count());
}
