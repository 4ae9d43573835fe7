namespace GrpcCreds.Server.Store;

/// <summary>The names of things that can be damaged, as logs and health show them.</summary>
internal static class Damaged
{
    public const string Index = "change index";
    public const string IndexEntry = "an entry of the change index";
    public const string Due = "due index";
    public const string DueEntry = "an entry of the due index";
    public const string Request = "remembered request";
    public const string Audit = "audit";
    public const string Disclosures = "disclosures";
    public const string Refusals = "refusals";
    public const string Nodes = "nodes";
    public const string Servers = "servers";
    public const string Guard = "account protection";
    public const string Meta = "meta entry";
    public const string Writing = "record or its accompanying data";
    public const string Revision = "revision far ahead of now";

    public static string Of(AuditJournal journal) => journal.Tenant is null ? Refusals : Disclosures;
}
