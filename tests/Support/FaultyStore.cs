using System.Reflection;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace GrpcCreds.Tests.Support;

/// <summary>The embedded store, with a look at each call first: what that gives is the call's result, what it throws its end.</summary>
#pragma warning disable CA1852 // The platform derives from it when it runs.
internal class FaultyStore : DispatchProxy
{
    private IStore store = null!;
    private Func<string, object?[], object?> before = null!;

    /// <summary>Is the store of a service.</summary>
    public static void Add(IServiceCollection services, Func<string, object?[], object?> before)
    {
        services.AddSingleton<SqliteStore>().AddSingleton(provider =>
        {
            var proxy = Create<IStore, FaultyStore>();
            (((FaultyStore)(object)proxy).store, ((FaultyStore)(object)proxy).before) = (provider.GetRequiredService<SqliteStore>(), before);
            return proxy;
        });
    }

#pragma warning restore CA1852

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        try
        {
            return before(targetMethod!.Name, args ?? []) ?? targetMethod.Invoke(store, args);
        }
        catch (TargetInvocationException e) when (e.InnerException is { } inner)
        {
            throw inner;
        }
    }
}
