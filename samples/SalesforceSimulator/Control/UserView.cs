using System.Text.Json;
using System.Text.Json.Nodes;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>A user as the control API shows it: everything except password and token.</summary>
internal static class UserView
{
    public static JsonObject Of(SimulatedUser user, bool isLocked)
    {
        var view = JsonSerializer.SerializeToNode(user, ControlJson.Options)!.AsObject();
        view.Remove("password");
        view.Remove("securityToken");
        view["isLocked"] = isLocked;
        return view;
    }
}
