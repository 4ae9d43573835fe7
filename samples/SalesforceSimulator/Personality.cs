namespace GrpcCreds.SalesforceSimulator;

/// <summary>Selects production or sandbox. The two have separate users, as login.salesforce.com and test.salesforce.com have.</summary>
public enum Personality
{
    Production,
    Sandbox,
}
