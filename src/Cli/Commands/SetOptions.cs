using System.CommandLine;
using GrpcCreds.V1;

namespace GrpcCreds.Cli.Commands;

/// <summary>What the commands that save a credential have in common.</summary>
internal static class SetOptions
{
    /// <summary>A switch that may have a value: typed alone it is true; null if it was not typed.</summary>
    public static bool? Flag(Invocation invocation, Option<bool?> option) => invocation.Has(option) ? invocation.Value(option) ?? true : null;

    public static Activation Activation(Invocation invocation) => invocation.Value(SharedOptions.Staged) ? V1.Activation.Staged : V1.Activation.TestFirst;
}
