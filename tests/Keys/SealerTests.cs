using System.Security.Cryptography;
using CsCheck;
using GrpcCreds.Server.Keys;
using Xunit;

namespace GrpcCreds.Tests.Keys;

public sealed class SealerTests
{
    private static readonly SealedFor Record = new("record", "acme", 7);

    private static readonly byte[] Data = "nobody reads this"u8.ToArray();

    [Fact]
    public void What_is_sealed_opens_to_the_same_bytes() =>
        Gen.Byte.Array[0, 2000].Sample(data =>
        {
            var sealer = NewSealer();
            Assert.Equal(data, sealer.Open(Record, sealer.Seal(Record, data)));
        }, iter: 200);

    [Fact]
    public void What_is_sealed_for_the_audit_opens_when_the_master_keys_are_others()
    {
        var auditKey = RandomNumberGenerator.GetBytes(KeyRing.KeySize);
        Sealer With(string masterKeyId)
        {
            var sealer = new Sealer();
            sealer.Unlock("deployment",
                new KeyRing(new Dictionary<string, byte[]> { [masterKeyId] = RandomNumberGenerator.GetBytes(KeyRing.KeySize) }, masterKeyId, auditKey));
            return sealer;
        }
        var (before, after) = (With("main"), With("next"));
        Assert.Equal(Data, after.Open(Record, before.SealForAudit(Record, Data)));
        Assert.Null(after.Open(Record, before.Seal(Record, Data)));
    }

    [Fact]
    public void No_flipped_bit_yields_bytes_or_breaks()
    {
        var sealer = NewSealer();
        var good = sealer.Seal(Record, Data);
        for (var bit = 0; bit < good.Length * 8; bit++)
        {
            var bad = (byte[])good.Clone();
            bad[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.Null(sealer.Open(Record, bad));
        }
    }

    [Fact]
    public void No_truncated_or_random_bytes_open()
    {
        var sealer = NewSealer();
        var good = sealer.Seal(Record, Data);
        for (var length = 0; length < good.Length; length++)
            Assert.Null(sealer.Open(Record, good.AsSpan(0, length)));
        Gen.Byte.Array[0, 600].Sample(bytes => sealer.Open(Record, bytes) is null, iter: 2000);
    }

    public static TheoryData<string, string, long> Others => new()
    {
        { "record", "bcme", 7 },
        { "record", "acme", 8 },
        { "audit", "acme", 7 },
        { "recorda", "cme", 7 },
    };

    [Theory, MemberData(nameof(Others))]
    public void What_is_sealed_for_one_does_not_open_for_another(string purpose, string subject, long number)
    {
        var sealer = NewSealer();
        Assert.Null(sealer.Open(new SealedFor(purpose, subject, number), sealer.Seal(Record, Data)));
    }

    [Fact]
    public void Another_deployment_or_key_opens_nothing()
    {
        var sealedBytes = NewSealer().Seal(Record, Data);
        Assert.Null(NewSealer(deployment: "other").Open(Record, sealedBytes));
        Assert.Null(NewSealer(key: 2).Open(Record, sealedBytes));
        Assert.Null(NewSealer(keyId: "other").Open(Record, sealedBytes));
    }

    [Fact]
    public void The_length_tells_little_and_two_sealings_differ()
    {
        var sealer = NewSealer();
        Assert.Equal(sealer.Seal(Record, new byte[1]).Length, sealer.Seal(Record, new byte[250]).Length);
        Assert.NotEqual(sealer.Seal(Record, Data), sealer.Seal(Record, Data));
    }

    private static Sealer NewSealer(string deployment = "deployment", byte key = 1, string keyId = "main")
    {
        var sealer = new Sealer();
        sealer.Unlock(deployment, new KeyRing(new Dictionary<string, byte[]> { [keyId] = Key(key) }, keyId, Key(9)));
        return sealer;
    }

    private static byte[] Key(byte filling) => [.. Enumerable.Repeat(filling, KeyRing.KeySize)];
}
