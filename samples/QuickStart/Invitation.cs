using System.Text.Json;

namespace GrpcCreds.QuickStart;

/// <summary>
/// Prints command lines to paste into another terminal while the service keeps running. Secrets come from a file, because every process can see a
/// command line.
/// </summary>
internal static class Invitation
{
    private const string Service = "grpccreds.v1.SyncCredentials";
    private const string Buf = "buf curl --http2-prior-knowledge --protocol grpc";
    private const string Tenant = $$"""'{"tenant_id":"{{Stage.Tenant}}"}'""";
    private const string Watched = $$"""'{"tenants":[{"tenant_id":"{{Stage.Tenant}}"}]}'""";

    public static async Task PrintAsync(Stage stage, CancellationToken cancellationToken)
    {
        var file = Quote(await WriteRequestAsync(stage, cancellationToken));
        var address = stage.Grpc.Authority;
        Console.WriteLine($"""

            The service keeps running; Ctrl+C ends it. Try it from other terminals: watch in one, set in the other. The watch shows fake data only.

            With the command line (dotnet tool install --global GrpcCreds.Cli; from these sources: dotnet run --project src/Cli -- status acme …):
              grpccreds status {Stage.Tenant} --address http://{address}
              grpccreds doctor {Stage.Tenant} --address http://{address}

            With grpcurl:
              grpcurl -plaintext -d {Watched} {address} {Service}/WatchActiveCredential
              grpcurl -plaintext -d @ {address} {Service}/SetPasswordCredential < {file}
              grpcurl -plaintext -d {Tenant} {address} {Service}/GetCredentialStatus

            Set up OAuth again, in your own browser:
              grpcurl -plaintext -d {Tenant} {address} {Service}/StartOAuthSetup
              {Buf} -d {Tenant} http://{address}/{Service}/StartOAuthSetup

            With buf:
              {Buf} -d {Watched} http://{address}/{Service}/WatchActiveCredential
              {Buf} -d @{file} http://{address}/{Service}/SetPasswordCredential
              {Buf} -d {Tenant} http://{address}/{Service}/GetCredentialStatus

            Is it ready?
              curl http://{stage.Http.Authority}/healthz/ready
            """);
    }

    /// <summary>
    /// Writes a valid request to set the password of a user that the simulator knows. Only the owner can read the file, because it contains a password.
    /// </summary>
    private static async Task<string> WriteRequestAsync(Stage stage, CancellationToken cancellationToken)
    {
        var carol = stage.Salesforce.AddUser("carol@acme.test", "demo-password-carol");
        var path = Path.Combine(stage.DirectoryPath, "set-password.json");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var file = new FileStream(path, options);
        var request = new { tenant_id = Stage.Tenant, username = carol.Username, password = carol.Password, security_token = carol.SecurityToken };
        await JsonSerializer.SerializeAsync(file, request, cancellationToken: cancellationToken);
        return path;
    }

    /// <summary>Quotes a path for a shell; most paths need no quotes.</summary>
    private static string Quote(string path) =>
        path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.') ? path : $"'{path.Replace("'", "'\\''")}'";
}
