using System.Globalization;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>Which SOAP API a request was sent to: <c>/services/Soap/{api}/{version}</c>, api u for partner or c for enterprise.</summary>
internal sealed record SoapCall(Personality Personality, string Api, string Version)
{
    // login() was removed in 65.0; versions 30.0 and older are retired.
    private const decimal NewestWithLogin = 64.0m;
    private const decimal NewestRetired = 30.0m;

    public string Namespace => Api == "u" ? "urn:partner.soap.sforce.com" : "urn:enterprise.soap.sforce.com";

    /// <summary>Whether login() exists in this version; if not, the error text.</summary>
    public bool HasLogin(out string complaint)
    {
        var known = decimal.TryParse(Version, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number);
        complaint = !known ? $"Invalid Api version specified on URL: {Version}"
            : number > NewestWithLogin ? $"SOAP API login() is not available in API version {Version}. Use OAuth."
            : $"API version {Version} is retired. Use version 31.0 or later.";
        return known && number is > NewestRetired and <= NewestWithLogin;
    }
}
