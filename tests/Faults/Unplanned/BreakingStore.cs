using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Tests.Faults.Unplanned;

/// <summary>
/// The real store, with calls that fail with an unexpected exception: the next one from a given place, or all of them for a while. A place is
/// an operation and its caller in the service, found on the stack.
/// </summary>
#pragma warning disable CA1852 // The proxy is a type made at run time, of this one.
internal class BreakingStore : DispatchProxy
#pragma warning restore CA1852
{
    private static readonly MethodInfo BrokenMethod = typeof(BreakingStore).GetMethod(nameof(BrokenAsync), BindingFlags.Static | BindingFlags.NonPublic)!;

    private readonly ConcurrentDictionary<string, Place> places = new();
    private IStore? real;
    private Fault? armed;
    private Func<Exception?> all = () => null;

    /// <summary>The places from which the service has called it so far.</summary>
    public IReadOnlyCollection<Place> Places => [.. places.Values];

    public static (IStore Store, BreakingStore Control) Around(IStore real)
    {
        var store = Create<IStore, BreakingStore>();
        var control = (BreakingStore)(object)store;
        control.real = real;
        return (store, control);
    }

    /// <summary>The next call from a place fails.</summary>
    /// <param name="place">Where.</param>
    /// <param name="exact">Whether the caller's caller must match too.</param>
    /// <param name="exception">What is thrown.</param>
    /// <param name="afterwards">The call is made all the same.</param>
    public Fault BreakNext(Place place, bool exact, Exception exception, bool afterwards)
    {
        var fault = new Fault(place, exact, exception, afterwards);
        Volatile.Write(ref armed, fault);
        return fault;
    }

    /// <summary>Every call fails, as long as this yields something.</summary>
    public void BreakAll(Func<Exception?> exception) => Volatile.Write(ref all, exception);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (!typeof(Task).IsAssignableFrom(targetMethod!.ReturnType))
            return targetMethod.Invoke(real, args);
        var place = Here(targetMethod.Name);
        places.TryAdd(place.ToString(), place);
        if (Volatile.Read(ref all)() is { } exception)
            return Broken(targetMethod, () => null, exception);
        if (Volatile.Read(ref armed) is { } fault && fault.IsAt(place) && Interlocked.CompareExchange(ref armed, null, fault) == fault)
        {
            fault.IsMet = true;
            return Broken(targetMethod, () => fault.Afterwards ? (Task)targetMethod.Invoke(real, args)! : null, fault.Exception);
        }
        return targetMethod.Invoke(real, args);
    }

    private static object? Broken(MethodInfo method, Func<Task?> first, Exception exception)
    {
        var result = method.ReturnType.IsGenericType ? method.ReturnType.GetGenericArguments()[0] : typeof(bool);
        return BrokenMethod.MakeGenericMethod(result).Invoke(null, [first, exception]);
    }

    private static async Task<T> BrokenAsync<T>(Func<Task?> first, Exception exception)
    {
        await Task.Yield();
        if (first() is { } done)
            await done;
        throw exception;
    }

    // Async methods are nested types that the compiler names after the method.
    private static Place Here(string operation)
    {
        var callers = new List<string>();
        foreach (var frame in new StackTrace(2, fNeedFileInfo: false).GetFrames())
        {
            if (frame.GetMethod()?.DeclaringType is not { } type || type.Assembly != typeof(IStore).Assembly)
                continue;
            while (type.DeclaringType is { } outer)
                type = outer;
            if (type.Namespace?.StartsWith("GrpcCreds.Server", StringComparison.Ordinal) == true && !callers.Contains(type.Name))
                callers.Add(type.Name);
        }
        return new(operation, callers.FirstOrDefault() ?? "", string.Join(" < ", callers.Take(4)));
    }

    /// <summary>An operation, its caller, and that caller's caller.</summary>
    internal sealed record Place(string Operation, string Caller, string Way)
    {
        public override string ToString() => $"{Operation} < {Way}";
    }

    internal sealed class Fault(Place place, bool exact, Exception exception, bool afterwards)
    {
        public bool IsAt(Place here) => exact ? here == place : (here.Operation, here.Caller) == (place.Operation, place.Caller);

        public Exception Exception => exception;

        /// <summary>The call takes effect and then fails, so the service cannot know that it did.</summary>
        public bool Afterwards => afterwards;

        public bool IsMet { get; set; }
    }
}
