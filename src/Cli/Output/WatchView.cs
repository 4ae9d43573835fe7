using System.Diagnostics;
using GrpcCreds.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace GrpcCreds.Cli.Output;

/// <summary>What a watch knows of each tenant and of its stream. Filled and drawn by different threads.</summary>
internal sealed class WatchView(string[] tenants)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, WatchActiveCredentialResponse> newest = new(StringComparer.Ordinal);
    private HashSet<string> stale = [];
    private long heartbeat;

    /// <summary>Whether a message has come.</summary>
    public bool WasOpen { get; set; }

    public int Reconnects { get; set; }

    /// <param name="message">A message, without what must not be shown.</param>
    public void Take(WatchActiveCredentialResponse message)
    {
        lock (gate)
        {
            if (message.Heartbeat is { } beat)
                (heartbeat, stale) = (Stopwatch.GetTimestamp(), [.. beat.StaleTenantIds]);
            if ((message.Credential?.TenantId ?? message.Unavailable?.TenantId) is { } tenant)
                newest[tenant] = message;
        }
    }

    public Rows Table()
    {
        lock (gate)
        {
            var table = Tables.Of("TENANT", "STATE", "MODE", "REVISION", "AGE", "ENDS");
            var notes = new List<IRenderable>();
            foreach (var tenant in tenants)
            {
                var state = newest.GetValueOrDefault(tenant);
                table.Row(Cells(tenant, state));
                if (Note(state) is { } note)
                    notes.Add(new Text($"{tenant}: {note}"));
            }
            var beat = heartbeat == 0 ? "no heartbeat yet" : $"heartbeat {Names.Length(Stopwatch.GetElapsedTime(heartbeat))} ago";
            return new Rows([table, .. notes, new Text($"{beat}, {Names.Count(Reconnects, "reconnect")}. Ctrl+C ends it.")]);
        }
    }

    /// <summary>A message in one line, for people.</summary>
    public static string Line(WatchActiveCredentialResponse message) => message switch
    {
        { Credential: { } credential } => $"{credential.TenantId} SERVING {Names.Of(credential.Mode)} revision {credential.Revision}",
        { Unavailable: { } unavailable } => $"{unavailable.TenantId} {Names.Of(unavailable.Cause)} revision {unavailable.Revision}. {unavailable.Advice}",
        { Synced: not null } => "synced",
        _ => $"heartbeat {Names.Time(message.Heartbeat?.AsOf)}",
    };

    private string[] Cells(string tenant, WatchActiveCredentialResponse? state)
    {
        var mark = stale.Contains(tenant) ? " (stale)" : "";
        return state switch
        {
            { Credential: { } credential } =>
            [
                tenant, $"SERVING{mark}", Names.Of(credential.Mode), $"{credential.Revision}", Names.Relative(credential.ActiveSince),
                Names.Relative(credential.Session?.ExpectedExpireTime),
            ],
            { Unavailable: { } none } => [tenant, $"{Names.Of(none.Cause)}{mark}", "-", $"{none.Revision}", Names.Relative(none.Since), "-"],
            _ => [tenant, "waiting", "-", "-", "-", "-"],
        };
    }

    private static string? Note(WatchActiveCredentialResponse? state) => state switch
    {
        { Credential: { Session: { } session, Login: { } login } } =>
            $"{session.InstanceUrl} {session.AccessToken} login {login.Username} {login.Password} {login.SecurityToken}",
        { Credential.Session: { } session } => $"{session.InstanceUrl} {session.AccessToken}",
        { Unavailable: { } none } => none.Advice,
        _ => null,
    };
}
