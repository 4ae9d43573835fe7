namespace GrpcCreds.SalesforceSimulator;

/// <summary>Which Salesforce is meant. The two know nothing of each other's users, as login.salesforce.com and test.salesforce.com.</summary>
public enum Personality
{
    Production,
    Sandbox,
}
