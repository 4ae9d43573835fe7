namespace GrpcCreds.Cli.Output;

/// <summary>How results are written.</summary>
internal enum OutputFormat
{
    /// <summary>For people.</summary>
    Table,

    /// <summary>The contract's JSON. A stream writes one line for each message.</summary>
    Json,

    /// <summary>The same fields in YAML. A stream writes one document for each message.</summary>
    Yaml,
}
