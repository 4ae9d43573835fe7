using System.Web;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Support;

/// <summary>A browser that signs in at the simulator, and is caught on its way back to the callback.</summary>
internal static class SignIn
{
    private static readonly HttpClient Browser =
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }) { Timeout = Waiting.Long };

    /// <summary>Opens Salesforce's page, and returns the redirect's parameters as the call that completes the setup.</summary>
    public static async Task<CompleteOAuthSetupRequest> FollowAsync(string authorizationUrl)
    {
        using var response = await Browser.GetAsync(new Uri(authorizationUrl), TestContext.Current.CancellationToken);
        Assert.Equal(302, (int)response.StatusCode);
        var query = HttpUtility.ParseQueryString(response.Headers.Location!.Query);
        return new()
        {
            State = query["state"],
            Code = query["code"] ?? "",
            Error = query["error"] ?? "",
            ErrorDescription = query["error_description"] ?? "",
        };
    }
}
