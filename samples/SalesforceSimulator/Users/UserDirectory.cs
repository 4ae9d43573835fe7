using System.Globalization;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>The users of one personality and their lockouts. One lock guards all of it.</summary>
internal sealed class UserDirectory(Personality personality, SimulatorOptions options)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Account> accounts = new(StringComparer.OrdinalIgnoreCase);
    private int drawnIds;

    private DateTimeOffset Now => options.TimeProvider.GetUtcNow();

    public SimulatedUser Add(SimulatedUser user)
    {
        lock (gate)
        {
            var complete = Complete_NeedsLock(user);
            accounts[user.Username] = new Account(complete);
            return complete;
        }
    }

    /// <summary>Changes a user and keeps its count of wrong passwords.</summary>
    public SimulatedUser Change(string username, Func<SimulatedUser, SimulatedUser> change)
    {
        lock (gate)
        {
            var account = Get_NeedsLock(username);
            var changed = Complete_NeedsLock(change(account.User));
            if (!string.Equals(changed.Username, username, StringComparison.OrdinalIgnoreCase))
                throw new ArgumentException("the username cannot be changed");
            return account.User = changed;
        }
    }

    public bool Remove(string username)
    {
        lock (gate)
            return accounts.Remove(username);
    }

    public SimulatedUser? Find(string username)
    {
        lock (gate)
            return accounts.GetValueOrDefault(username)?.User;
    }

    public SimulatedUser? FindById(string org, string userId)
    {
        lock (gate)
            return accounts.Values.FirstOrDefault(account => account.User.OrgId == org && account.User.UserId == userId)?.User;
    }

    public IReadOnlyList<SimulatedUser> All()
    {
        lock (gate)
            return [.. accounts.Values.Select(account => account.User)];
    }

    public void Lock(string username)
    {
        lock (gate)
            Get_NeedsLock(username).LockedUntil = Now.AddMinutes(options.LockoutMinutes);
    }

    public void Unlock(string username)
    {
        lock (gate)
            Get_NeedsLock(username).Unlock();
    }

    public bool IsLocked(string username)
    {
        lock (gate)
            return Get_NeedsLock(username).LockedUntil > Now;
    }

    /// <summary>Returns the user that logs in, or the exceptionCode of the refusal. Counts wrong passwords.</summary>
    public (SimulatedUser? User, string? ExceptionCode) Authenticate(string username, string passwordAndToken)
    {
        lock (gate)
        {
            if (accounts.GetValueOrDefault(username) is not { } account || account.LockedUntil > Now)
                return (null, "INVALID_LOGIN");
            var refusal = PasswordRules.Check(account.User, passwordAndToken);
            if (refusal == "INVALID_LOGIN" && ++account.WrongPasswords >= options.LockoutAfter)
                account.LockedUntil = Now.AddMinutes(options.LockoutMinutes);
            if (refusal is not null)
                return (null, refusal);
            account.Unlock();
            return (account.User, null);
        }
    }

    private Account Get_NeedsLock(string username) =>
        accounts.GetValueOrDefault(username) ?? throw new KeyNotFoundException($"{personality} has no user '{username}'");

    private SimulatedUser Complete_NeedsLock(SimulatedUser user) => user with
    {
        OrgId = SalesforceId.Require(user.OrgId is "" ? DefaultUsers.Of(personality).OrgId : user.OrgId, "00D"),
        UserId = SalesforceId.Require(user.UserId is "" ? "0056000000" + (++drawnIds).ToString("D5", CultureInfo.InvariantCulture) : user.UserId, "005"),
    };

    private sealed class Account(SimulatedUser user)
    {
        public SimulatedUser User { get; set; } = user;

        public int WrongPasswords { get; set; }

        public DateTimeOffset? LockedUntil { get; set; }

        public void Unlock() => (WrongPasswords, LockedUntil) = (0, null);
    }
}
