using System.Net.Sockets;
using Grpc.Core;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Hosting;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Api;

/// <summary>Counts the calls that were refused: in the metrics, in the audit's list, and on their connection.</summary>
internal sealed class RefusedCalls(View view, Refusals refusals, ConnectionGuards connections, ServiceMetrics metrics)
{
    /// <summary>Where a call comes from, as gRPC writes it.</summary>
    public static string From(ConnectionInfo connection) => connection.RemoteIpAddress switch
    {
        null => "unknown",
        { AddressFamily: AddressFamily.InterNetworkV6 } address => $"ipv6:[{address}]:{connection.RemotePort}",
        var address => $"ipv4:{address}:{connection.RemotePort}",
    };

    public static string WithoutPort(string from) => from.LastIndexOf(':') is > 0 and var port ? from[..port] : from;

    /// <summary>One that was refused before its request was looked at.</summary>
    public void Add(ConnectionPlace? connection, string from, string method, string? caller, RpcException refusal)
    {
        var reason = Errors.ReasonOf(refusal);
        // Who did not prove itself is counted by what it brought as proof.
        if (reason != Errors.NameOf(Reason.Unauthenticated))
            metrics.CallRefused(reason);
        // What a known caller asks too much of is no matter of the audit.
        if (reason != Errors.NameOf(Reason.LimitReached))
            refusals.Add(new(caller, WithoutPort(from), Rights.NameOf(method), reason, null));
        if (connection is not null)
            connections.Grpc.Refused(connection);
    }

    /// <summary>One that may not be made for the tenants it names.</summary>
    public void Add(string from, string method, string caller, IEnumerable<string>? tenants)
    {
        // A tenant that does not exist is only text that somebody sent.
        TenantId? tenant = tenants?.FirstOrDefault() is { } text && TenantId.TryParse(text, out var named) && view.KnownRev(named) > 0 ? named : null;
        refusals.Add(new(caller, WithoutPort(from), Rights.NameOf(method), Errors.NameOf(Reason.NotPermitted), tenant));
    }

    /// <summary>One that is only a number.</summary>
    public void Count(ConnectionPlace? connection, Reason reason)
    {
        metrics.CallRefused(Errors.NameOf(reason));
        if (connection is not null)
            connections.Grpc.Refused(connection);
    }
}
