using System.Text;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Salesforce;

/// <summary>Reads the connected app's secret from its file, once, when the service starts. An empty setting is none.</summary>
internal sealed class ClientSecretReader : IPostConfigureOptions<SalesforceOptions>
{
    private const string Setting = $"{SalesforceOptions.Section}:{nameof(SalesforceOptions.ClientSecret)}";
    private const string FileSetting = $"{SalesforceOptions.Section}:{nameof(SalesforceOptions.ClientSecretFile)}";

    public void PostConfigure(string? name, SalesforceOptions options)
    {
        if (options.ClientSecret?.Reveal() is "")
            options.ClientSecret = null;
        if (string.IsNullOrEmpty(options.ClientSecretFile))
            return;
        if (options.ClientSecret is not null)
            throw Refused($"{Setting} and {FileSetting} are both set: keep one");
        options.ClientSecret = Read(options.ClientSecretFile);
    }

    // Editors and "echo" end a file with a newline that is no part of the secret.
    private static Secret Read(string path)
    {
        try
        {
            var text = Encoding.UTF8.GetString(GuardedFile.ReadSecret(path)).TrimStart('\uFEFF').TrimEnd('\r', '\n');
            return text is not "" ? new Secret(text) : throw Refused($"{FileSetting}: '{path}' is empty");
        }
        catch (GuardException e)
        {
            throw Refused($"{FileSetting}: '{path}' {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Refused($"{FileSetting}: '{path}' cannot be read: {e.Message}");
        }
    }

    private static OptionsValidationException Refused(string sentence) => new(SalesforceOptions.Section, typeof(SalesforceOptions), [sentence]);
}
