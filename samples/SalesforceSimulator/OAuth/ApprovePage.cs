using System.Text.Encodings.Web;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>The page that asks whether to approve, and as which user of any organization. It also submits the parameters of the original request.</summary>
internal static class ApprovePage
{
    private static readonly string[] Parameters =
    [
        "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method", "prompt", "login_hint", "display", "nonce",
    ];

    public static Answer Show(World world, AuthorizeRequest request)
    {
        var hidden = string.Concat(Parameters.Where(name => request.Parameters[name] is not "").Select(name =>
            $"""<input type="hidden" name="{name}" value="{Encode(request.Parameters[name])}">"""));
        var users = string.Concat(world.Users.All().OrderBy(user => user.Username != request.Parameters["login_hint"]).Select(user =>
            $"""<option value="{Encode(user.Username)}">{Encode($"{user.Username} (user {user.UserId}, organization {user.OrgId})")}</option>"""));
        return Answer.Page($"""
            <h1>Allow access?</h1>
            <p>This is a simulator of Salesforce ({world.Personality}).</p>
            <p><b>{Encode(request.App.ConsumerKey)}</b> asks for: {Encode(string.Join(' ', request.Scopes))}</p>
            <form method="post" action="/services/oauth2/authorize">{hidden}
            <p><label>As <select name="username">{users}</select></label></p>
            <p><button name="decision" value="approve">Allow</button> <button name="decision" value="refuse">Deny</button>
            <button name="decision" value="deadEnd">End on an error page</button></p></form>
            """);
    }

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
