namespace GrpcCreds.Server.Cluster;

/// <summary>What this server tells the others about itself with each heartbeat, as one line of text.</summary>
internal delegate string AboutThisServer();
