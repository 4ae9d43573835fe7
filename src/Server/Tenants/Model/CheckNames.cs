namespace GrpcCreds.Server.Tenants.Model;

/// <summary>The contract's names of the checks of a test, in the order in which they run.</summary>
internal static class CheckNames
{
    public const string Login = "LOGIN";
    public const string Identity = "IDENTITY";
    public const string Api = "API";
    public const string ApiVersion = "API_VERSION";
    public const string CustomizeApplication = "CUSTOMIZE_APPLICATION";
    public const string FieldAccess = "FIELD_ACCESS";
    public const string PackageVersion = "PACKAGE_VERSION";

    public static readonly IReadOnlyList<string> All = [Login, Identity, Api, ApiVersion, CustomizeApplication, FieldAccess, PackageVersion];
}
