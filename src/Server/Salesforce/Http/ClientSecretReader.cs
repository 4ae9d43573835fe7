using System.Text;
using GrpcCreds.Server.Configuration;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>Reads the connected app's secret and the proxy's password from their files, once, at startup. An empty setting counts as not set.</summary>
internal sealed class ClientSecretReader : IPostConfigureOptions<SalesforceOptions>
{
    public void PostConfigure(string? name, SalesforceOptions options)
    {
        options.ClientSecret = Read(nameof(options.ClientSecret), options.ClientSecret, nameof(options.ClientSecretFile), options.ClientSecretFile);
        options.ProxyPassword = Read(nameof(options.ProxyPassword), options.ProxyPassword, nameof(options.ProxyPasswordFile), options.ProxyPasswordFile);
        if (options.ProxyUser is "")
            options.ProxyUser = null;
    }

    private static Secret? Read(string name, Secret? given, string fileName, string? path)
    {
        var (setting, fileSetting) = ($"{SalesforceOptions.Section}:{name}", $"{SalesforceOptions.Section}:{fileName}");
        if (given?.Reveal() is "")
            given = null;
        if (string.IsNullOrEmpty(path))
            return given;
        return given is null ? Read(fileSetting, path) : throw Refused($"{setting} and {fileSetting} are both set: set only one of them");
    }

    // Editors and "echo" add a newline at the end that is not part of the secret.
    private static Secret Read(string setting, string path)
    {
        try
        {
            var text = Encoding.UTF8.GetString(GuardedFile.ReadSecret(path)).TrimStart('\uFEFF').TrimEnd('\r', '\n');
            return text is not "" ? new Secret(text) : throw Refused($"{setting}: '{path}' is empty");
        }
        catch (GuardedFileException e)
        {
            throw Refused($"{setting}: '{path}' {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Refused($"{setting}: '{path}' cannot be read: {e.Message}");
        }
    }

    private static OptionsValidationException Refused(string sentence) => new(SalesforceOptions.Section, typeof(SalesforceOptions), [sentence]);
}
