using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Support;

/// <summary>Short forms of the contract's calls, and of what an error must carry.</summary>
internal static class Calls
{
    public const string User = "bob@acme.test";
    public const string Password = "Pa55 word&<>";

    public static SetPasswordCredentialRequest SetPassword(string tenant = "acme", string user = User, string password = Password) =>
        new() { TenantId = tenant, Username = user, Password = password, SecurityToken = "" };

    public static WatchActiveCredentialRequest Watch(string tenant = "acme", long known = 0, ByteString? token = null) =>
        new() { Tenants = { new WatchedTenant { TenantId = tenant, KnownRevision = known, ResumeToken = token ?? ByteString.Empty } } };

    public static async Task<CredentialStatus> StatusAsync(this SyncCredentials.SyncCredentialsClient client, string tenant = "acme") =>
        (await client.GetCredentialStatusAsync(new() { TenantId = tenant })).Status;

    /// <summary>Sets a password that passes.</summary>
    public static async Task<CredentialStatus> ActivateAsync(this SyncCredentials.SyncCredentialsClient client, string tenant = "acme", string user = User)
    {
        var set = await client.SetPasswordCredentialAsync(SetPassword(tenant, user));
        Assert.Equal(WriteResult.Activated, set.Result);
        return set.Status;
    }

    /// <summary>The call fails with this code and reason; UNAVAILABLE says when to try again.</summary>
    public static async Task<Google.Rpc.Status> FailsAsync<T>(this AsyncUnaryCall<T> call, StatusCode code, string reason)
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);
        return error.Is(code, reason);
    }

    public static Google.Rpc.Status Is(this RpcException error, StatusCode code, string reason)
    {
        Assert.Equal(code, error.StatusCode);
        var status = error.GetRpcStatus()!;
        var info = status.GetDetail<ErrorInfo>()!;
        Assert.Equal(("grpccreds", reason), (info.Domain, info.Reason));
        Assert.Equal(code is StatusCode.Unavailable or StatusCode.ResourceExhausted, status.GetDetail<RetryInfo>() is not null);
        return status;
    }
}
