using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Salesforce.Setup;
using Microsoft.Extensions.Primitives;

namespace GrpcCreds.Server.Api.Pages;

/// <summary>
/// The query of a request to one of the pages. It is not trusted: each parameter may appear at most once and has the maximum length that CompleteOAuthSetup
/// allows, and none of it is ever shown.
/// </summary>
internal sealed record OAuthQuery(OAuthState State, Secret? Code, string? Error, string? ErrorDescription)
{
    public const int MaxCode = 2000;
    public const int MaxError = 100;
    public const int MaxErrorDescription = 1000;

    /// <summary>Whether this can be a code (RFC 6749, A.11). A code with '%' was not decoded, or contained bytes that are not text.</summary>
    public static bool IsCode(string text) => text.Length is >= 1 and <= MaxCode && text.All(c => c is > ' ' and < '\x7f' and not '%');

    /// <summary>Whether this can be an error (RFC 6749, A.7).</summary>
    public static bool IsError(string text) => text.Length is >= 1 and <= MaxError && text.All(c => c is >= ' ' and < '\x7f' and not '%');

    /// <summary>The state of the start page, or null if the query has no valid one.</summary>
    public static OAuthState? ReadState(HttpContext context) =>
        TryRead(HiddenQuery.Of(context), "state", OAuthState.MaxLength, out var state) ? OAuthState.Parse(state) : null;

    /// <summary>The parameters Salesforce sent: a state with either a code or an error. Null for anything else.</summary>
    public static OAuthQuery? Read(HttpContext context)
    {
        var query = HiddenQuery.Of(context);
        if (ReadState(context) is not { } state
            || !TryRead(query, "error", MaxError, out var error)
            || !TryRead(query, "error_description", MaxErrorDescription, out var description)
            || !TryRead(query, "code", MaxCode, out var code)
            || error is null == code is null
            || !(code is null ? IsError(error!) : IsCode(code)))
            return null;
        return new(state, code is null ? null : new Secret(code), error, description);
    }

    // An empty parameter counts as absent; one that is too long or appears twice is rejected, not truncated or picked from.
    private static bool TryRead(IReadOnlyDictionary<string, StringValues> query, string name, int maxLength, out string? value)
    {
        var values = query.TryGetValue(name, out var found) ? found : StringValues.Empty;
        value = values is [{ Length: > 0 } only] ? only : null;
        return values.Count <= 1 && !(value?.Length > maxLength);
    }
}
