using GrpcCreds.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace GrpcCreds.Cli.Output;

/// <summary>A tenant's status for people.</summary>
internal static class StatusView
{
    public static IRenderable Of(CredentialStatus status)
    {
        var rows = new List<IRenderable> { Headline(status) };
        if (status.Advice.Length > 0)
            rows.Add(new Text(status.Advice, new Style(Color.Yellow)));
        rows.AddRange(status.Modes.Select(mode => Mode(status, mode)));
        if (status.Warnings.Count > 0)
            rows.Add(Section("Warnings", Warnings(status)));
        rows.Add(Section("Nodes", [("rollout", new Text(Rollout(status.Rollout)))]));
        if (status.Store is { Meaning.Length: > 0 } store)
            rows.Add(Section("Store", [(Names.Of(store.Durability), new Text(store.Meaning))]));
        rows.Add(Section("What can be done next", NextSteps.For(status).Select(step => (step.What, (IRenderable)new Text(step.Command)))));
        return new Rows(rows);
    }

    /// <summary>How far the nodes are, in one line.</summary>
    public static string Rollout(RolloutCounts? rollout)
    {
        if (rollout is null)
            return "no node was active within 24 h";
        if (rollout.Expected == 0)
            return $"no node is connected{(rollout.Lost > 0 ? $", {rollout.Lost} lost" : "")}; the revision is {rollout.Revision}";
        var extra = $"{(rollout.Rejected > 0 ? $", {rollout.Rejected} rejected it" : "")}{(rollout.Lost > 0 ? $", {rollout.Lost} lost" : "")}";
        return $"{rollout.Applied} of {Names.Count(rollout.Expected, "node")} {(rollout.Expected == 1 ? "has" : "have")} revision {rollout.Revision}{extra}";
    }

    public static Style StyleOf(Availability availability) => availability switch
    {
        Availability.Serving => new(Color.Green),
        Availability.NotConfigured or Availability.SwitchedOff or Availability.Deleted => new(Color.Grey),
        Availability.SetupRequired => new(Color.Yellow),
        _ => new(Color.Red),
    };

    private static Paragraph Headline(CredentialStatus status) => new Paragraph()
        .Append(status.TenantId, new Style(decoration: Decoration.Bold))
        .Append("  ")
        .Append(Names.Of(status.Availability), StyleOf(status.Availability))
        .Append($"  mode {Names.Of(status.ActiveMode)}, revision {status.Revision}");

    private static Rows Mode(CredentialStatus status, ModeStatus mode)
    {
        var isActive = status.ActiveMode == mode.Mode;
        var lines = new List<(string, IRenderable)>();
        if (mode.Current is { } current)
            lines.AddRange(Credential(isActive ? "in force" : "way back", mode.Mode, current));
        if (mode.Candidate is { } candidate)
            lines.AddRange(Credential("candidate", mode.Mode, candidate));
        if (mode.LastSetup is { } setup)
            lines.Add(("setup", new Text(Setup(setup))));
        return Section(Names.Of(mode.Mode), lines);
    }

    private static IEnumerable<(string, IRenderable)> Credential(string place, Mode mode, SavedCredential saved)
    {
        string[] who =
        [
            saved.Username,
            saved.ConsumerKey.Length > 0 ? $"app {saved.ConsumerKey}" : "",
            saved.OrgId.Length > 0 ? $"org {saved.OrgId}" : "",
            saved.UserId.Length > 0 ? $"user {saved.UserId}" : "",
            saved.UseSandbox ? "sandbox" : "production",
            saved.MyDomain,
            saved.DeliverLogin ? "the login goes to the nodes" : "",
        ];
        yield return (place, new Text(string.Join(", ", who.Where(part => part.Length > 0))));
        yield return ("", new Text(Secret(mode, saved)));
        yield return ("", new Text($"saved {Names.Relative(saved.SetTime)} by {saved.SetBy}"));
        if (saved.LastTest is { } test)
            yield return ("", Test(test));
        if ((saved.Grant?.LastRenewalFailure ?? saved.LastRenewalFailure) is { } failure)
            yield return ("", new Text($"renewal failed {Names.Relative(failure.Time)}: {failure.Advice}", new Style(Color.Red)));
        if (saved.Rotation is { } rotation)
            yield return ("", new Text($"rotation {Names.Of(rotation.Outcome)}, next {Names.Of(rotation.Step)}{Because(rotation.Failure)}"));
        if (saved.NextRotationTime is { } next)
            yield return ("", new Text($"rotates every {Names.Length(saved.RotateEvery.ToTimeSpan())}, next {Names.Relative(next)}"));
    }

    private static string Secret(Mode mode, SavedCredential saved) => mode switch
    {
        V1.Mode.Password => "password: set",
        V1.Mode.ClientCredentials => "consumer secret: set",
        V1.Mode.JwtBearer => saved.Certificate is { } certificate ? $"key: set, its certificate ends {Names.Date(certificate.ExpireTime)}" : "key: not set",
        _ => saved.Grant is { } grant ? $"grant: set, authorized {Names.Relative(grant.AuthorizeTime)}" : "grant: not set",
    };

    private static Text Test(TestResult test) => new(
        $"test {Names.Of(test.Outcome)} {Names.Relative(test.Time)}{(test.Failure is null ? "" : $": {test.Failure.Advice}")}",
        test.Outcome == Outcome.Failed ? new Style(Color.Red) : Style.Plain);

    private static string Setup(SetupStatus setup) => setup.Outcome == Outcome.Pending
        ? $"open, started by {setup.StartedBy}, ends {Names.Relative(setup.ExpireTime)}"
        : $"{Names.Of(setup.Outcome)} {Names.Relative(setup.EndTime ?? setup.StartTime)}{Because(setup.Failure)}";

    private static string Because(Failure? failure) => failure is null ? "" : $": {failure.Advice}";

    private static IEnumerable<(string, IRenderable)> Warnings(CredentialStatus status) => status.Warnings.Select(warning =>
    {
        var deadline = status.Deadlines.FirstOrDefault(each => each.Warning == warning);
        var text = deadline is null ? "" : $"{Names.Date(deadline.Time)} ({deadline.AnnouncedDate}): {deadline.Advice}";
        return (Names.Of(warning), (IRenderable)new Text(text, new Style(Color.Yellow)));
    });

    private static Rows Section(string title, IEnumerable<(string Name, IRenderable Value)> lines)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadLeft(2).PadRight(2)).AddColumn(new GridColumn().PadLeft(0));
        foreach (var (name, value) in lines)
            grid.AddRow(new Text(name), value);
        return new Rows(new Text($"\n{title}", new Style(decoration: Decoration.Bold)), grid);
    }
}
