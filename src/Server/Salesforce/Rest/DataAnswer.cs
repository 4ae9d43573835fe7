using System.Text.Json;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Rest;

/// <summary>What Salesforce answered to one question of a check.</summary>
internal abstract record DataAnswer
{
    private DataAnswer()
    {
    }

    /// <summary>The JSON object that was asked for.</summary>
    public sealed record Found(JsonElement Body) : DataAnswer;

    /// <summary>The org does not have what was asked for, or does not show it to the user. Salesforce often does not say which.</summary>
    public sealed record Hidden(string? Code) : DataAnswer;

    /// <summary>The answer says nothing about what was asked for.</summary>
    public sealed record Unusable(Failure Failure) : DataAnswer;
}
