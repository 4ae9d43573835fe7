using System.Text.Json;
using System.Text.Json.Nodes;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>A staged set as the control API shows it: everything except its secret.</summary>
internal static class StagedView
{
    public static JsonObject Of(StagedCredentials? staged)
    {
        if (staged is null)
            return [];
        var view = JsonSerializer.SerializeToNode(staged, ControlJson.Options)!.AsObject();
        view.Remove("consumerSecret");
        return view;
    }
}
