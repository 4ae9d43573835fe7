using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace GrpcCreds.Tests.House;

/// <summary>The levels that ship: what the service says is logged, what its libraries say only if it warns. A category is matched by how it begins.</summary>
public sealed class LogLevelsTests
{
    [Theory]
    [InlineData("GrpcCreds.Audit", true)]
    [InlineData("GrpcCreds.Server.Store.Redis.RedisStore", true)]
    [InlineData("Microsoft.Hosting.Lifetime", true)]
    [InlineData("Grpc.AspNetCore.Server.ServerCallHandler", false)]
    [InlineData("Microsoft.AspNetCore.Server.Kestrel", false)]
    [InlineData("System.Net.Http.HttpClient", false)]
    public void What_is_logged_as_information(string category, bool isLogged)
    {
        var shipped = new ConfigurationBuilder().AddJsonFile(Path.Combine(Repository.Root, "src", "Server", "appsettings.json")).Build();
        using var services = new ServiceCollection().AddLogging(logging => logging.AddConfiguration(shipped.GetSection("Logging")).AddFakeLogging())
            .BuildServiceProvider();
        Assert.Equal(isLogged, services.GetRequiredService<ILoggerFactory>().CreateLogger(category).IsEnabled(LogLevel.Information));
    }
}
