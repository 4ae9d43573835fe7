using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Dialogues;

/// <summary>A test's verdict, or, to protect the account, none and the time after which the user may be tested again.</summary>
internal sealed record TestOutcome(TestVerdict? Verdict, TimeSpan RetryAfter = default);
