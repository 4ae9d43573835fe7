using System.Net.Sockets;
using Grpc.Core;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Hosting;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Api;

/// <summary>Counts refused calls: in the metrics, in the audit log, and on their connection.</summary>
internal sealed class RefusedCalls(View view, Refusals refusals, ConnectionGuards connections, ServiceMetrics metrics)
{
    /// <summary>The address a call comes from, in the format gRPC uses.</summary>
    public static string From(ConnectionInfo connection) => connection.RemoteIpAddress switch
    {
        null => "unknown",
        { AddressFamily: AddressFamily.InterNetworkV6 } address => $"ipv6:[{address}]:{connection.RemotePort}",
        var address => $"ipv4:{address}:{connection.RemotePort}",
    };

    public static string WithoutPort(string from) => from.LastIndexOf(':') is > 0 and var port ? from[..port] : from;

    /// <summary>Counts a call that was refused before its request was read.</summary>
    public void Add(ConnectionPlace? connection, string from, string method, string? caller, RpcException refusal)
    {
        var reason = Errors.ReasonOf(refusal);
        // Failed authentication is counted elsewhere, by the kind of proof.
        if (reason != Errors.NameOf(Reason.Unauthenticated))
            metrics.CallRefused(reason);
        // A call over a limit does not belong in the audit log.
        if (reason != Errors.NameOf(Reason.LimitReached))
            refusals.Add(new(caller, WithoutPort(from), Rights.NameOf(method), reason, null));
        if (connection is not null)
            connections.Grpc.Refused(connection);
    }

    /// <summary>Counts a call that the caller may not make for the tenants it names.</summary>
    public void Add(string from, string method, string caller, IEnumerable<string>? tenants)
    {
        // The name of a tenant that does not exist is only text a client sent; it is not recorded.
        TenantId? tenant = tenants?.FirstOrDefault() is { } text && TenantId.TryParse(text, out var named) && view.KnownRev(named) > 0 ? named : null;
        refusals.Add(new(caller, WithoutPort(from), Rights.NameOf(method), Errors.NameOf(Reason.NotPermitted), tenant));
    }

    /// <summary>Counts a call without recording it in the audit log.</summary>
    public void Count(ConnectionPlace? connection, Reason reason)
    {
        metrics.CallRefused(Errors.NameOf(reason));
        if (connection is not null)
            connections.Grpc.Refused(connection);
    }
}
