using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace GrpcCreds.Tests.Callers;

/// <summary>Makes tokens by hand, good ones and such as no library would make.</summary>
internal sealed class Issuer : IDisposable
{
    public const string Name = "https://issuer.test";
    public const string Audience = "grpccreds";

    private readonly RSA rsa = RSA.Create(2048);

    public string PublicPem => rsa.ExportSubjectPublicKeyInfoPem();

    public RSAParameters Public => rsa.ExportParameters(false);

    /// <summary>A good token, changed by <paramref name="claims"/> and <paramref name="header"/>.</summary>
    public string Token(string subject, Action<JsonObject>? claims = null, Action<JsonObject>? header = null, DateTimeOffset? ends = null) =>
        Sign(Unsigned(subject, claims, header, ends));

    public string Sign(string unsigned) => Sign(unsigned, text => rsa.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    public static string Unsigned(string subject, Action<JsonObject>? claims = null, Action<JsonObject>? header = null, DateTimeOffset? ends = null)
    {
        var head = new JsonObject { ["alg"] = "RS256", ["typ"] = "JWT" };
        var body = new JsonObject
        {
            ["iss"] = Name, ["aud"] = Audience, ["sub"] = subject, ["exp"] = (ends ?? DateTimeOffset.UtcNow.AddMinutes(20)).ToUnixTimeSeconds(),
        };
        header?.Invoke(head);
        claims?.Invoke(body);
        return $"{Encode(head.ToJsonString())}.{Encode(body.ToJsonString())}";
    }

    public static string Sign(string unsigned, Func<byte[], byte[]> sign) => $"{unsigned}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(unsigned)))}";

    public static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    public void Dispose() => rsa.Dispose();
}
