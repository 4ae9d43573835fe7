using Google.Protobuf;
using Google.Protobuf.Reflection;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.V1;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Xunit;

namespace GrpcCreds.Tests.House;

/// <summary>Rules for every message of the contract, including future ones.</summary>
public sealed class ContractTests
{
    private const string Canary = "c4nary-secret";

    private static readonly FileDescriptor[] Files =
        [SyncCredentialsReflection.Descriptor, ActiveCredentialReflection.Descriptor,
            CredentialStatusReflection.Descriptor, NodesReflection.Descriptor, AuditReflection.Descriptor];

    private static readonly string[] SecretNames = ["password", "token", "secret", "verifier", "code", "state"];

    public static TheoryData<string> Messages => [.. Files.SelectMany(file => file.MessageTypes).Select(message => message.FullName)];

    [Theory, MemberData(nameof(Messages))]
    public void No_message_prints_a_secret(string name)
    {
        var message = Filled(Descriptor(name), depth: 0);
        var secrets = Secrets(message).ToList();

        var printed = new List<string> { message.ToString()!, $"{message}", JsonFormatter.ToDiagnosticString(message), string.Format(null, "{0}", message) };
        var logs = new FakeLogger();
        logs.LogInformation("{Message} {@Destructured}", message, message);
        printed.AddRange(logs.Collector.GetSnapshot().Select(record => record.ToString() + string.Join(' ', record.StructuredState!)));

        Assert.All(printed, text => Assert.DoesNotContain(Canary, text, StringComparison.Ordinal));
        // Fields that are not secret are printed, and the message still carries the hidden ones.
        Assert.All(secrets, secret => Assert.Contains(Canary, secret, StringComparison.Ordinal));
        if (secrets.Count > 0)
            Assert.Contains("[redacted]", printed[0], StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Messages))]
    public void A_field_named_like_a_secret_is_marked_as_one(string name)
    {
        string[] known = ["page_token", "next_page_token", "salesforce_code"];
        foreach (var field in Descriptor(name).Fields.InDeclarationOrder().Where(field => field.FieldType == FieldType.String && !known.Contains(field.Name)))
        {
            var sounds = SecretNames.Any(part => field.Name.Split('_').Contains(part));
            Assert.True(!sounds || IsSecret(field), $"{field.FullName} sounds like a secret and is not debug_redact");
        }
    }

    [Fact]
    public void Secrets_leave_the_service_only_in_a_session_in_a_login_to_deliver_and_in_the_links_of_a_setup()
    {
        var service = SyncCredentialsReflection.Descriptor.Services[0];
        var leaving = service.Methods.SelectMany(method => Reachable(method.OutputType))
            .SelectMany(message => message.Fields.InDeclarationOrder()).Where(IsSecret);
        // The links hold the state of the setup, which works once and for ten minutes; nothing that is kept leaves with them.
        Assert.Equal(
            ["grpccreds.v1.StartOAuthSetupResponse.authorization_url", "grpccreds.v1.StartOAuthSetupResponse.start_url",
                "grpccreds.v1.Session.access_token", "grpccreds.v1.PasswordLogin.password", "grpccreds.v1.PasswordLogin.security_token"],
            leaving.Select(field => field.FullName).Distinct());
    }

    [Fact]
    public void No_response_has_a_place_for_a_refresh_token_a_client_secret_a_verifier_or_a_code()
    {
        string[] forbidden = ["refresh", "secret", "verifier", "code", "state", "password", "token", "private"];
        string[] known =
        [
            "grpccreds.v1.Failure.salesforce_code", "grpccreds.v1.ListCredentialStatusesResponse.next_page_token",
            "grpccreds.v1.ListNodesResponse.next_page_token",
            "grpccreds.v1.ListAuditEventsResponse.next_page_token",
            // They prove that a revision was shown, and open nothing.
            "grpccreds.v1.ActiveCredential.resume_token", "grpccreds.v1.CredentialUnavailable.resume_token",
            "grpccreds.v1.Session.access_token", "grpccreds.v1.PasswordLogin.password", "grpccreds.v1.PasswordLogin.security_token",
        ];
        var service = SyncCredentialsReflection.Descriptor.Services[0];
        var texts = service.Methods.SelectMany(method => Reachable(method.OutputType)).SelectMany(message => message.Fields.InDeclarationOrder())
            .Where(field => field.FieldType is FieldType.String or FieldType.Bytes && forbidden.Any(field.Name.Split('_').Contains));
        Assert.Equal(known.Order(), texts.Select(field => field.FullName).Distinct().Order());
    }

    [Fact]
    public void The_rules_speak_the_words_of_the_contract()
    {
        Same<Server.Tenants.Model.Mode, Mode>();
        Same<Server.Tenants.Model.Slot, Slot>();
        Same<Server.Tenants.Model.Outcome, Outcome>();
        Same<Server.Tenants.Model.Availability, Availability>();
        Same<Server.Tenants.Model.FailureClass, FailureClass>();
        Same<Server.Tenants.Model.Reason, ErrorReason>();
        Same<Server.Tenants.Model.WriteResult, WriteResult>(own => (int)own < 100);
        Assert.Equal("CREDENTIAL_IN_USE", Errors.NameOf(Server.Tenants.Model.Reason.CredentialInUse));
    }

    private static void Same<TOwn, TContract>(Func<TOwn, bool>? shared = null)
        where TOwn : struct, Enum
        where TContract : struct, Enum =>
        Assert.Equal(
            Enum.GetValues<TContract>().Where(value => Convert.ToInt32(value) != 0).Select(value => (Convert.ToInt32(value), value.ToString())),
            Enum.GetValues<TOwn>().Where(shared ?? (_ => true)).Select(value => (Convert.ToInt32(value), value.ToString())));

    private static bool IsSecret(FieldDescriptor field) => field.GetOptions()?.DebugRedact == true;

    private static MessageDescriptor Descriptor(string name) => Files.SelectMany(file => file.MessageTypes).Single(message => message.FullName == name);

    private static HashSet<MessageDescriptor> Reachable(MessageDescriptor root)
    {
        var seen = new HashSet<MessageDescriptor> { root };
        var open = new Queue<MessageDescriptor>([root]);
        while (open.TryDequeue(out var message))
        {
            foreach (var next in message.Fields.InDeclarationOrder().Where(field => field.FieldType == FieldType.Message).Select(field => field.MessageType))
            {
                if (seen.Add(next))
                    open.Enqueue(next);
            }
        }
        return seen;
    }

    private static IEnumerable<string> Secrets(IMessage message) => message.Descriptor.Fields.InDeclarationOrder().SelectMany(field => field switch
    {
        _ when IsSecret(field) => [(string)field.Accessor.GetValue(message)],
        { FieldType: FieldType.Message, IsRepeated: false } when field.Accessor.GetValue(message) is IMessage nested => Secrets(nested),
        _ => [],
    });

    // Every secret contains the canary, every other text something that is not secret. Of a oneof the last member remains set.
    private static IMessage Filled(MessageDescriptor descriptor, int depth)
    {
        var message = (IMessage)Activator.CreateInstance(descriptor.ClrType)!;
        foreach (var field in descriptor.Fields.InDeclarationOrder().Where(field => !field.IsRepeated)
            .OrderByDescending(field => field.Name == "credential" ? 0 : 1))
        {
            if (field.FieldType == FieldType.String)
                field.Accessor.SetValue(message, IsSecret(field) ? Canary : "plain");
            else if (field.FieldType == FieldType.Message && depth < 4)
                field.Accessor.SetValue(message, Filled(field.MessageType, depth + 1));
        }
        return message;
    }
}
