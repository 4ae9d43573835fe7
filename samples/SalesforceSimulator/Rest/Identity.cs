namespace GrpcCreds.SalesforceSimulator;

/// <summary>The response of the identity URL.</summary>
internal static class Identity
{
    public static object Of(World world, HttpRequest request, SimulatedUser user, string org, string userId) => new
    {
        id = $"{World.LoginUrl(request)}/id/{user.Print(org)}/{user.Print(userId)}",
        asserted_user = true,
        user_id = user.Print(userId),
        organization_id = user.Print(org),
        username = user.Username,
        nick_name = user.Username,
        display_name = user.Username,
        email = user.Username,
        email_verified = true,
        timezone = "Europe/London",
        urls = Urls(world.InstanceUrl(request, user), org, userId),
        active = true,
        user_type = "STANDARD",
        language = "en_US",
        locale = "en_GB",
        utcOffset = 0,
        is_app_installed = true,
    };

    /// <summary>The APIs of an instance; <c>{version}</c> is replaced by the client.</summary>
    public static Dictionary<string, string> Urls(string instance, string org, string userId) => new()
    {
        ["enterprise"] = $"{instance}/services/Soap/c/{{version}}/{org[..15]}",
        ["metadata"] = $"{instance}/services/Soap/m/{{version}}/{org[..15]}",
        ["partner"] = $"{instance}/services/Soap/u/{{version}}/{org[..15]}",
        ["rest"] = $"{instance}/services/data/v{{version}}/",
        ["sobjects"] = $"{instance}/services/data/v{{version}}/sobjects/",
        ["query"] = $"{instance}/services/data/v{{version}}/query/",
        ["profile"] = $"{instance}/{userId}",
    };
}
