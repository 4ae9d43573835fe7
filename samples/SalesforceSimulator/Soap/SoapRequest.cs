using System.Xml;
using System.Xml.Linq;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>The relevant parts of a SOAP request: its operation and its session. Any prefixes are accepted; DTDs are refused.</summary>
internal sealed class SoapRequest
{
    private static readonly XNamespace Soap = "http://schemas.xmlsoap.org/soap/envelope/";
    private static readonly XmlReaderSettings Settings = new() { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, Async = true };

    private readonly XElement operation;
    private readonly XElement? header;

    private SoapRequest(XElement operation, XElement? header) => (this.operation, this.header) = (operation, header);

    /// <summary>Namespace and local name, as in <c>{urn:partner.soap.sforce.com}login</c>.</summary>
    public XName Operation => operation.Name;

    public string? SessionId => header?.Descendants(operation.Name.Namespace + "sessionId").FirstOrDefault()?.Value;

    /// <summary>The text of one of the operation's own elements. Nothing is trimmed: a password may end in spaces.</summary>
    public string Parameter(string name) => operation.Element(operation.Name.Namespace + name)?.Value ?? "";

    /// <summary>The request, or null if the body is not a SOAP envelope with an operation.</summary>
    public static async Task<SoapRequest?> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        try
        {
            using var reader = XmlReader.Create(body, Settings);
            var document = await XDocument.LoadAsync(reader, LoadOptions.PreserveWhitespace, cancellationToken);
            var operation = document.Root?.Name == Soap + "Envelope" ? document.Root.Element(Soap + "Body")?.Elements().FirstOrDefault() : null;
            return operation is null ? null : new SoapRequest(operation, document.Root!.Element(Soap + "Header"));
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
