using GrpcCreds.Server.Callers.Certificates;
using GrpcCreds.Server.Callers.Tokens;
using GrpcCreds.Server.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace GrpcCreds.Server.Callers;

/// <summary>The files that define who may call. Each is read again when it changes, and is null if no setting names it.</summary>
internal sealed class CallerFiles
{
    /// <exception cref="FileException">A file cannot be used.</exception>
    public CallerFiles(IOptions<CallersOptions> callers)
    {
        var options = callers.Value;
        Table = Read("callers", new CallerFile(options).Parse, ("Callers:File", options.File));
        // In a running service an empty table revokes the last caller's rights; at startup it is a mistake.
        if (Table?.Value.IsEmpty == true)
            throw new FileException($"Callers:File '{options.File}' cannot be used: it names no caller");
        Authorities = Read("authorities", pem => new Authorities(pem), ("Callers:Certificates:AuthoritiesFile", options.Certificates.AuthoritiesFile));
        IssuerKeys = Read("issuer_keys", IssuerKeyFile.Parse, ("Callers:Jwt:KeysFile", options.Jwt.KeysFile));
    }

    public Reloaded<CallerTable>? Table { get; }

    public Reloaded<Authorities>? Authorities { get; }

    public Reloaded<IReadOnlyList<SecurityKey>>? IssuerKeys { get; }

    public IEnumerable<IReloaded> All => new IReloaded?[] { Table, Authorities, IssuerKeys }.OfType<IReloaded>();

    private static Reloaded<T>? Read<T>(string name, Func<byte[], T> parse, (string Setting, string? Path) file)
        where T : class => file.Path is { } path ? new(name, [new(file.Setting, path)], content => parse(content[0])) : null;
}
