using GrpcCreds.Server.Keys;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Keys;

/// <summary>Keys as files, and as Kubernetes mounts a secret.</summary>
public sealed class KeyFilesTests : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void A_key_is_a_file_by_its_id_with_or_without_an_ending()
    {
        Write("main.key", 1);
        Write("2027-b", 2);
        Write("audit.key", 3);
        Assert.Equal([("2027-b", 2), ("audit", 3), ("main", 1)], KeyFiles.Read(directory.Path)
            .OrderBy(key => key.Key, StringComparer.Ordinal).Select(key => (key.Key, (int)key.Value[0])));
    }

    [Fact]
    public void What_is_hidden_or_otherwise_named_is_no_key()
    {
        Write("main.key", 1);
        foreach (var name in new[] { ".hidden", "..hidden.key", ".main.key.swp",
            "main.key.bak", "main.key~", "README", "main.key.0123456789abcdef0123456789abcdef" })
            File.WriteAllText(Path.Combine(directory.Path, name), "no key");
        Directory.CreateDirectory(Path.Combine(directory.Path, "more"));
        Assert.Equal(["main"], KeyFiles.Read(directory.Path).Keys);
    }

    [Fact]
    public void A_secret_of_Kubernetes_is_read_through_its_links_and_so_is_the_next_one()
    {
        Mount("..2027_01", ("main.key", 1), ("audit.key", 3));
        Assert.Equal(1, KeyFiles.Read(directory.Path)["main"][0]);

        // As the kubelet does it: the new files first, then the link to them, then the links that are new.
        Mount("..2027_02", ("main.key", 1), ("audit.key", 3), ("next", 2));
        Assert.Equal(["audit", "main", "next"], KeyFiles.Read(directory.Path).Keys.Order());
        Assert.Equal(2, KeyFiles.Read(directory.Path)["next"][0]);
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead, true)]
    [InlineData(Private, true)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupRead, true)]
    [InlineData(Private | UnixFileMode.GroupRead, false)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, false)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.OtherRead, false)]
    [InlineData(Private | UnixFileMode.OtherWrite, false)]
    public void A_key_that_others_can_read_or_write_is_refused_with_the_fix(UnixFileMode mode, bool isTaken)
    {
        var path = Write("main.key", 1);
        KeyRings.SetMode(path, mode);
        // A link has no mode of its own that counts.
        File.CreateSymbolicLink(Path.Combine(directory.Path, "linked"), path);
        if (isTaken)
        {
            Assert.Equal(["linked", "main"], KeyFiles.Read(directory.Path).Keys.Order());
            return;
        }
        var refused = Assert.Throws<KeyException>(() => KeyFiles.Read(directory.Path));
        Assert.Contains("can be read or written by others; restrict it to the service's user: chmod 600", refused.Message, StringComparison.Ordinal);
        File.Delete(path);
    }

    [Theory]
    [InlineData("Main.key")]
    [InlineData("a_b.key")]
    [InlineData("123456789012345678901234567890123.key")]
    public void A_key_file_with_a_name_that_no_key_can_have_is_refused(string name)
    {
        Write(name, 1);
        Assert.Contains("1 to 32 of a-z, 0-9 and '-'", Assert.Throws<KeyException>(() => KeyFiles.Read(directory.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_id_twice_is_refused()
    {
        Write("main.key", 1);
        Write("main", 1);
        Assert.Contains("twice", Assert.Throws<KeyException>(() => KeyFiles.Read(directory.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_keys_are_made_private_and_never_made_again()
    {
        var keys = Path.Combine(directory.Path, "keys");
        KeyFiles.CreateMissing(keys, "main");
        var made = KeyFiles.Read(keys);
        Assert.Equal(["audit", "main"], made.Keys.Order());
        if (!OperatingSystem.IsWindows())
            Assert.All(Directory.GetFiles(keys), file => Assert.Equal(Private, new FileInfo(file).UnixFileMode));
        KeyFiles.CreateMissing(keys, "main");
        Assert.Equal(made["main"], KeyFiles.Read(keys)["main"]);
    }

    private string Write(string name, byte filling, UnixFileMode mode = Private)
    {
        var path = Path.Combine(directory.Path, name);
        KeyRings.Write(path, Convert.ToBase64String([.. Enumerable.Repeat(filling, KeyRing.KeySize)]) + "\n", mode);
        return path;
    }

    private void Mount(string version, params (string Name, byte Filling)[] keys)
    {
        Directory.CreateDirectory(Path.Combine(directory.Path, version));
        foreach (var (name, filling) in keys)
            Write(Path.Combine(version, name), filling, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        var data = Path.Combine(directory.Path, "..data");
        if (Directory.Exists(data))
            Directory.Delete(data);
        Directory.CreateSymbolicLink(data, version);
        foreach (var (name, _) in keys.Where(key => !File.Exists(Path.Combine(directory.Path, key.Name))))
            File.CreateSymbolicLink(Path.Combine(directory.Path, name), Path.Combine("..data", name));
    }
}
