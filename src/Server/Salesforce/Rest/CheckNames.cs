
namespace GrpcCreds.Server.Salesforce.Rest;

/// <summary>The contract's names of the checks of a test, in the order in which they run.</summary>
internal static class CheckNames
{
    public const string Login = "LOGIN";
    public const string Identity = "IDENTITY";
    public const string Api = "API";
    public const string ApiVersion = "API_VERSION";
}
