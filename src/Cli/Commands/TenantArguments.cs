using System.CommandLine;
using GrpcCreds.Cli.Output;
using GrpcCreds.V1;

namespace GrpcCreds.Cli.Commands;

/// <summary>Tenants and modes as arguments.</summary>
internal static class TenantArguments
{
    /// <summary>The modes that have a credential, by their names on the command line.</summary>
    public static readonly IReadOnlyDictionary<string, Mode> Modes =
        new[] { V1.Mode.Password, V1.Mode.Oauth, V1.Mode.ClientCredentials, V1.Mode.JwtBearer }.ToDictionary(Names.Argument);

    public static Argument<string> Tenant { get; } = Completed(new Argument<string>("TENANT") { Description = "The tenant, as in acme.", HelpName = "TENANT" });

    public static Argument<string?> OptionalTenant { get; } = Completed(
        new Argument<string?>("TENANT") { Description = "The tenant, as in acme.", HelpName = "TENANT", Arity = ArgumentArity.ZeroOrOne });

    public static Argument<string[]> Tenants { get; } = Completed(
        new Argument<string[]>("TENANT") { Description = "The tenants, 1 to 1,000.", HelpName = "TENANT", Arity = ArgumentArity.OneOrMore });

    private static readonly Argument<string> ModeName = OfMode(new Argument<string>("MODE") { Description = $"The mode: {ModeNames}." });

    private static readonly Argument<string?> OptionalModeName = OfMode(new Argument<string?>("MODE")
    {
        Description = $"The mode: {ModeNames}. Default: the mode in force, or the only one that is saved.",
        Arity = ArgumentArity.ZeroOrOne,
    });

    private static string ModeNames => string.Join(", ", Modes.Keys);

    public static Argument ModeArgument => ModeName;

    public static Argument OptionalModeArgument => OptionalModeName;

    public static Mode Mode(Invocation invocation) => Modes[invocation.Required(ModeName)];

    /// <summary>null if none was typed.</summary>
    public static Mode? OptionalMode(Invocation invocation) => invocation.Value(OptionalModeName) is { } name ? Modes[name] : null;

    private static Argument<T> Completed<T>(Argument<T> argument)
    {
        argument.CompletionSources.Add(TenantCompletion.Complete);
        return argument;
    }

    private static Argument<T> OfMode<T>(Argument<T> argument)
    {
        argument.HelpName = "MODE";
        argument.CompletionSources.Add([.. Modes.Keys]);
        argument.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !Modes.ContainsKey(result.Tokens[0].Value))
                result.AddError($"MODE must be one of {ModeNames}.");
        });
        return argument;
    }
}
