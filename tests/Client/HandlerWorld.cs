using System.Net;
using System.Text;
using GrpcCreds.Client;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Client;

/// <summary>Replaces Salesforce where a test needs exact answers: gives them in turn, repeats the last one, and records the requests.</summary>
internal sealed class ScriptedSalesforce(params Func<HttpResponseMessage>[] answers) : HttpMessageHandler
{
    public const string SessionInvalid = """[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]""";

    public List<(Uri Uri, string? Token, string Body)> Requests { get; } = [];

    public static Func<HttpResponseMessage> Answer(HttpStatusCode status, string body = "", string type = "application/json") =>
        () => new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, type) };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        Requests.Add((request.RequestUri!, request.Headers.Authorization?.Parameter, body));
        var response = answers[Math.Min(Requests.Count, answers.Length) - 1]();
        response.RequestMessage = request;
        return response;
    }
}

internal static class HandlerWorld
{
    /// <summary>An HTTP client with the tenant's session, above Salesforce as the test scripts it.</summary>
    public static HttpClient Http(this CredentialSource source, HttpMessageHandler salesforce) =>
        new(new SalesforceSessionHandler(source) { InnerHandler = salesforce }) { BaseAddress = SalesforceSessionHandler.BaseAddress };

    /// <summary>A session somewhere else than Say.Session's.</summary>
    public static WatchActiveCredentialResponse SessionAt(Uri instance, long revision, string token)
    {
        var message = Say.Session("acme", revision);
        (message.Credential.Session.InstanceUrl, message.Credential.Session.AccessToken) = (instance.GetLeftPart(UriPartial.Authority), token);
        return message;
    }
}
