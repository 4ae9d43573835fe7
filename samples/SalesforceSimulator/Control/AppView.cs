using System.Text.Json;
using System.Text.Json.Nodes;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>A connected app as the control API shows it: everything except its secret.</summary>
internal static class AppView
{
    public static JsonObject Of(ConnectedApp app)
    {
        var view = JsonSerializer.SerializeToNode(app, ControlJson.Options)!.AsObject();
        view.Remove("consumerSecret");
        return view;
    }
}
