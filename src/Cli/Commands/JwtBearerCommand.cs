using GrpcCreds.Cli.Output;
using GrpcCreds.V1;

namespace GrpcCreds.Cli.Commands;

/// <summary>Shows the certificate of the key for JWT bearer, and deletes the credential.</summary>
internal static class JwtBearerCommand
{
    public static CliCommand Create(Terminal terminal) => new(
        "jwt-bearer", "Shows the certificate for the app and deletes the credential for JWT bearer; set-jwt-bearer saves one.")
    {
        new CliCommand(
            "certificate",
            "Prints the certificate to upload to the app: of the candidate, or without one of the current credential.",
            "grpccreds jwt-bearer certificate acme > acme.crt")
            { TenantArguments.Tenant }
            .Runs(terminal, CertificateAsync),
        DeleteCommands.JwtBearer(terminal),
    };

    private static async Task<int> CertificateAsync(Invocation invocation)
    {
        var status = await invocation.StatusAsync(invocation.Required(TenantArguments.Tenant));
        var mode = status.Modes.FirstOrDefault(each => each.Mode == Mode.JwtBearer);
        var certificate = (mode?.Candidate ?? mode?.Current)?.Certificate ?? throw new CommandFailedException(
            Exit.Refused,
            $"{status.TenantId} has no credential for JWT bearer. Save one: grpccreds set-jwt-bearer {status.TenantId} --consumer-key KEY --username USER");
        if (invocation.Output == OutputFormat.Table)
            invocation.Terminal.Line(certificate.Pem.TrimEnd());
        else
            invocation.Terminal.Line(ProtoText.Write(certificate, invocation.Output, streams: false));
        return Exit.Done;
    }
}
