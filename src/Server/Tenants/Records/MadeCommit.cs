using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Tenants.Records;

/// <summary>A commit, what will be read of it once it is durable, and its audit entry for the log.</summary>
internal sealed record MadeCommit(Commit Commit, RecordSnapshot Snapshot, AuditEntry Entry);
