namespace GrpcCreds.Server.Api.Mapping;

/// <summary>The modes as a status shows them.</summary>
internal static class ModeViews
{
    public static readonly IReadOnlyList<ModeView> All = [new PasswordView(), new OAuthView(), new ClientCredentialsView(), new JwtBearerView()];
}
