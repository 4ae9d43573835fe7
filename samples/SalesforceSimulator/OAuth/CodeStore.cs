using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>The data of an authorization code.</summary>
internal sealed record AuthorizationCode(AuthorizeRequest Request, SimulatedUser User, DateTimeOffset ExpireTime);

/// <summary>The authorization codes of one personality. Each can be used once, whatever the outcome.</summary>
internal sealed class CodeStore(SimulatorOptions options)
{
    private readonly ConcurrentDictionary<string, AuthorizationCode> codes = new();

    public string Issue(AuthorizeRequest request, SimulatedUser user)
    {
        // Real codes often end in "==" too, which clients must decode exactly once.
        var code = $"aPrx{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(40))}==";
        options.OnSecret?.Invoke("code", code);
        codes[code] = new(request, user, options.TimeProvider.GetUtcNow().AddSeconds(request.App.CodeSeconds));
        return code;
    }

    /// <summary>The user of a code, for the log. Does not use up the code.</summary>
    public string? UsernameOf(string code) => codes.GetValueOrDefault(code)?.User.Username;

    public AuthorizationCode? Take(string code) => codes.TryRemove(code, out var taken) && taken.ExpireTime > options.TimeProvider.GetUtcNow() ? taken : null;
}
