using System.CommandLine;
using System.Diagnostics;
using GrpcCreds.Cli.Calls;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;
using QRCoder;

namespace GrpcCreds.Cli.Commands;

/// <summary>Authorizes, resets and deletes the OAuth credential of a tenant.</summary>
internal static class OAuthCommand
{
    private static readonly Option<bool> Open = new("--open") { Description = "Open the link in the browser of this machine." };
    private static readonly Option<bool> Qr = new("--qr") { Description = "Show the link also as a QR code." };
    private static readonly Option<bool> NoWait = new("--no-wait") { Description = "Only print the link; do not wait until the setup is finished." };

    public static CliCommand Create(Terminal terminal) => new("oauth", "Authorizes, resets and deletes the OAuth credential of a tenant; set-oauth saves one.")
    {
        Setup(terminal),
        Reset(terminal),
        DeleteCommands.OAuth(terminal),
    };

    private static CliCommand Setup(Terminal terminal)
    {
        var command = new CliCommand(
            "setup",
            "Prints the link with which the configured Salesforce user authorizes this service, waits until that is finished, and tests the new grant. "
                + "Give the link to that person only; it works for 10 minutes.",
            "grpccreds oauth setup acme --open",
            "grpccreds oauth setup acme --qr",
            "grpccreds oauth setup acme --no-wait -o json")
            { TenantArguments.Tenant, Open, Qr, NoWait };
        SharedOptions.AddTo(command);
        return command.Runs(terminal, SetUpAsync);
    }

    private static CliCommand Reset(Terminal terminal)
    {
        var command = new CliCommand(
            "reset",
            "Makes a new OAuth candidate with the ids of the candidate or the current credential, changed as given. The grant in force serves until the "
                + "setup of the new one is finished.",
            "grpccreds oauth reset acme --user-id 005600000045vWeAAI")
            { TenantArguments.Tenant, SharedOptions.OrgId, SetOAuthCommand.UserId, SharedOptions.Sandbox, SharedOptions.MyDomain };
        SharedOptions.AddTo(command);
        return command.Runs(terminal, invocation =>
        {
            var request = new ResetOAuthRequest { TenantId = invocation.Required(TenantArguments.Tenant) };
            if (invocation.Value(SharedOptions.OrgId) is { } org)
                request.OrgId = org;
            if (invocation.Value(SetOAuthCommand.UserId) is { } user)
                request.UserId = user;
            if (SetOptions.Flag(invocation, SharedOptions.Sandbox) is { } sandbox)
                request.UseSandbox = sandbox;
            if (invocation.Value(SharedOptions.MyDomain) is { } myDomain)
                request.MyDomain = myDomain;
            return WriteFlow.RunAsync(invocation, Mode.Oauth, "Resetting …", request, invocation.Client.ResetOAuthAsync);
        });
    }

    private static async Task<int> SetUpAsync(Invocation invocation)
    {
        var request = new StartOAuthSetupRequest { TenantId = invocation.Required(TenantArguments.Tenant) };
        var started = await Write.SendAsync<StartOAuthSetupRequest, StartOAuthSetupResponse>(invocation, request, invocation.Client.StartOAuthSetupAsync);
        // The link is what was asked for, although only the person who authorizes may have it.
        if (invocation.Output != OutputFormat.Table)
            invocation.Terminal.Line(ProtoText.Write(started, invocation.Output, streams: false));
        else
            ShowLink(invocation, started);
        if (invocation.Value(Open))
            OpenBrowser(invocation, started.StartUrl);
        return invocation.Value(NoWait) ? Exit.Done : await FinishAsync(invocation, request.TenantId, started);
    }

    private static void ShowLink(Invocation invocation, StartOAuthSetupResponse started)
    {
        if (started.StartUrl.Length == 0)
        {
            invocation.Terminal.Note("This setup has ended already.");
            return;
        }
        invocation.Terminal.Note("Open this link as the configured Salesforce user, and approve:");
        invocation.Terminal.Line(started.StartUrl);
        if (invocation.Value(Qr))
        {
            using var code = QRCodeGenerator.GenerateQrCode(started.StartUrl, QRCodeGenerator.ECCLevel.L);
            using var text = new AsciiQRCode(code);
            invocation.Terminal.Line(text.GetGraphicSmall());
        }
    }

    /// <summary>The setup is one of this caller's: it is over when it is no longer pending.</summary>
    private static async Task<int> FinishAsync(Invocation invocation, string tenant, StartOAuthSetupResponse started)
    {
        CredentialStatus? last = null;
        await WriteFlow.SpinAsync(invocation, "Waiting until the user has approved …", async () =>
        {
            await foreach (var status in StatusStream.ReadAsync(invocation, new() { TenantId = tenant, Until = Until.SetupFinished }))
                last = status;
            return true;
        });
        var setup = last?.Modes.FirstOrDefault(mode => mode.Mode == Mode.Oauth)?.LastSetup;
        if (setup?.Outcome != Outcome.Succeeded || setup.StartTime < Setup(started)?.StartTime)
        {
            invocation.Terminal.Problem($"The setup did not succeed. {setup?.Failure?.Advice}".TrimEnd(), $"Start it again: grpccreds oauth setup {tenant}");
            return Exit.TestFailed;
        }
        invocation.Terminal.Note("The user has approved. The grant is stored.");
        var tested = await TestCommand.RunAsync(invocation, new() { TenantId = tenant, Mode = Mode.Oauth });
        return tested == Exit.Done && last!.ActiveMode == Mode.Oauth ? await RolloutWait.AfterWriteAsync(invocation, last) : tested;
    }

    private static SetupStatus? Setup(StartOAuthSetupResponse started) => started.Status.Modes.FirstOrDefault(mode => mode.Mode == Mode.Oauth)?.LastSetup;

    private static void OpenBrowser(Invocation invocation, string url)
    {
        // Nothing but a page is opened, whatever the service answers.
        if (!Uri.TryCreate(url, UriKind.Absolute, out var page) || page.Scheme is not ("http" or "https"))
            return;
        try
        {
            // The opener gets the link as an argument; the link alone authorizes nothing without the user's sign-in at Salesforce.
            using var process = Process.Start(new ProcessStartInfo(page.AbsoluteUri) { UseShellExecute = true });
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or PlatformNotSupportedException)
        {
            invocation.Terminal.Note("No browser could be opened here. Open the link above.");
        }
    }
}
