using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Tenants.Records;

/// <summary>A commit, the snapshot that is read once it is durable, and its audit entry for the log.</summary>
internal sealed record MadeCommit(Commit Commit, RecordSnapshot Snapshot, AuditEntry Entry);
