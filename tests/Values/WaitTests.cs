using Xunit;

namespace GrpcCreds.Tests.Values;

public sealed class WaitTests
{
    [Theory]
    [InlineData(-5, "1 second")]
    [InlineData(0, "1 second")]
    [InlineData(0.2, "1 second")]
    [InlineData(1.01, "2 seconds")]
    [InlineData(59.5, "60 seconds")]
    [InlineData(60, "60 seconds")]
    [InlineData(60.1, "2 minutes")]
    [InlineData(120, "2 minutes")]
    [InlineData(421, "8 minutes")]
    [InlineData(900, "15 minutes")]
    public void A_wait_is_rounded_up(double seconds, string words) => Assert.Equal(words, TimeSpan.FromSeconds(seconds).InWords());
}
