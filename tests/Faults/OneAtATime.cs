using Xunit;

namespace GrpcCreds.Tests.Faults;

/// <summary>Tests that start processes and hold them to times: one after the other, and beside no others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class OneAtATime
{
    public const string Name = "faults";
}
