using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using GrpcCreds.Server.Salesforce.Http;

namespace GrpcCreds.Server.Salesforce.Soap;

/// <summary>
/// The messages of SOAP <c>login()</c>, partner API. Version 64.0 is pinned: 65.0 no longer has login().
/// </summary>
internal static class SoapLogin
{
    public const string Path = "/services/Soap/u/64.0";

    private const string Client = "GrpcCreds/1.0";

    private static readonly XNamespace Soap = "http://schemas.xmlsoap.org/soap/envelope/";
    private static readonly XNamespace Partner = "urn:partner.soap.sforce.com";

    private static readonly XmlWriterSettings Writing = new()
    {
        Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        NewLineHandling = NewLineHandling.Entitize,
    };

    private static readonly XmlReaderSettings Reading = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };

    /// <summary>The request body. Password and security token are sent as one value, neither trimmed.</summary>
    public static byte[] Request(string username, Secret password, Secret securityToken)
    {
        var envelope = new XElement(
            Soap + "Envelope",
            new XAttribute(XNamespace.Xmlns + "soapenv", Soap.NamespaceName),
            new XAttribute(XNamespace.Xmlns + "urn", Partner.NamespaceName),
            new XElement(Soap + "Header", new XElement(Partner + "CallOptions", new XElement(Partner + "client", Client))),
            new XElement(
                Soap + "Body",
                new XElement(
                    Partner + "login",
                    new XElement(Partner + "username", username),
                    new XElement(Partner + "password", password.Reveal() + securityToken.Reveal()))));
        using var bytes = new MemoryStream();
        using (var writer = XmlWriter.Create(bytes, Writing))
            envelope.WriteTo(writer);
        return bytes.ToArray();
    }

    /// <summary>Salesforce's answer, or null if it is not an answer to a login. Prefixes, order and additional elements are ignored.</summary>
    public static LoginAnswer? Parse(byte[] body)
    {
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(body), Reading);
            var document = XDocument.Load(reader);
            if (Named(document, "Fault") is { } fault)
                return Fault(fault);
            return Named(document, "loginResponse") is { } response && Named(response, "result") is { } result ? Success(result) : null;
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static LoginAnswer.Success? Success(XElement result)
    {
        string? Text(string name) => Named(result, name)?.Value.Trim() is { Length: > 0 } text ? text : null;
        return Text("sessionId") is { } sessionId && FitsHeader(sessionId)
            && Text("serverUrl") is { } serverUrl && Text("organizationId") is { } org && Text("userId") is { } user
            ? new LoginAnswer.Success(
                new Secret(sessionId),
                serverUrl,
                org,
                user,
                PasswordExpired: Text("passwordExpired") is "true" or "1",
                Sandbox: Text("sandbox") is "true" or "1",
                SessionSecondsValid: int.TryParse(Text("sessionSecondsValid"), CultureInfo.InvariantCulture, out var seconds) && seconds > 0 ? seconds : null)
            : null;
    }

    private static bool FitsHeader(string token) => token.All(c => c is > ' ' and < '\x7f');

    // The detail is the most reliable source of the code; a fault without a detail has the code in its faultcode or at the start of its text. A fault of the
    // protocol itself ("soapenv:Client") has no Salesforce code.
    private static LoginAnswer.Fault Fault(XElement fault)
    {
        var text = Named(fault, "faultstring")?.Value ?? "";
        string[] places = [Named(fault, "exceptionCode")?.Value ?? "", Named(fault, "faultcode")?.Value ?? "", text.Split(':')[0]];
        var codes = places.Select(place => place[(place.LastIndexOf(':') + 1)..].Trim()).ToList();
        var rateExceeded = text.Contains("rate exceeded", StringComparison.OrdinalIgnoreCase);
        return new LoginAnswer.Fault(codes.Find(ExceptionCodes.IsCode), BlamesRequest: codes[1] == "Client", rateExceeded);
    }

    private static XElement? Named(XContainer container, string localName) =>
        container.Descendants().FirstOrDefault(element => element.Name.LocalName == localName);
}
