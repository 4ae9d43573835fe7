namespace GrpcCreds.SalesforceSimulator;

/// <summary>One Salesforce user of one personality. Passwords here are fakes: this program must never see a real one.</summary>
public sealed record SimulatedUser
{
    private static readonly Dictionary<string, IReadOnlyList<string>> StandardObjects = new()
    {
        ["Account"] = ["Id", "Name", "BillingCity", "BillingCountry"],
        ["Contact"] = ["Id", "AccountId", "FirstName", "LastName", "Email"],
        ["Opportunity"] = ["Id", "AccountId", "Name", "Amount", "StageName", "CloseDate"],
    };

    private static readonly Dictionary<string, string> NoPackages = [];

    private static readonly IReadOnlyList<string> Nothing = [];

    /// <summary>Case-insensitive.</summary>
    public required string Username { get; init; }

    public required string Password { get; init; }

    /// <summary>Accepted after the password; required there if <see cref="TokenRequired"/>.</summary>
    public string SecurityToken { get; init; } = "";

    /// <summary>15 or 18 characters; empty: the personality's own organization.</summary>
    public string OrgId { get; init; } = "";

    /// <summary>15 or 18 characters; empty: a new id is generated.</summary>
    public string UserId { get; init; } = "";

    /// <summary>Base of the URLs returned to this user. Null: the personality's.</summary>
    public Uri? InstanceUrl { get; init; }

    /// <summary>Lifetime of this user's next sessions, in seconds. Null: the simulator's.</summary>
    public int? SessionSecondsValid { get; init; }

    /// <summary>Responses contain ids with 15 characters, as those of old organizations do.</summary>
    public bool ShortIds { get; init; }

    /// <summary>Login returns 200 with a session that can only be used to set a password.</summary>
    public bool PasswordExpired { get; init; }

    /// <summary>The login comes from an untrusted address: without the token it fails with LOGIN_MUST_USE_SECURITY_TOKEN.</summary>
    public bool TokenRequired { get; init; }

    public bool Inactive { get; init; }

    public bool ApiDisabled { get; init; }

    /// <summary>SOAP login() is switched off in the user's organization.</summary>
    public bool LoginDisabled { get; init; }

    public bool RestrictedIp { get; init; }

    public bool RestrictedTime { get; init; }

    /// <summary>May read the identity of other users of its organization.</summary>
    public bool ManageUsers { get; init; } = true;

    public bool CustomizeApplication { get; init; } = true;

    /// <summary>An administrator.</summary>
    public bool ModifyAllData { get; init; }

    /// <summary>View Setup and Configuration: sees the packages of its org.</summary>
    public bool ViewSetup { get; init; } = true;

    /// <summary>External Client App Developer.</summary>
    public bool ExternalClientAppDeveloper { get; init; } = true;

    public bool ViewClientSecret { get; init; } = true;

    /// <summary>The objects that the user sees, with the fields that it sees.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Objects { get; init; } = StandardObjects;

    /// <summary>Objects that the user may not create or update, as Account, and fields that the user may not update, as Account.Name.</summary>
    public IReadOnlyList<string> ReadOnly { get; init; } = Nothing;

    /// <summary>The packages of the user's org: versions by namespace, as in 2.102.</summary>
    public IReadOnlyDictionary<string, string> Packages { get; init; } = NoPackages;

    /// <summary>When the trial of the user's org ends. Null: it is no trial.</summary>
    public DateTimeOffset? TrialExpirationDate { get; init; }

    /// <summary>An id in the form that this user's organization returns.</summary>
    internal string Print(string id) => ShortIds ? id[..15] : id;

    /// <summary>Only the name: a user is printed without its password.</summary>
    public override string ToString() => Username;
}
