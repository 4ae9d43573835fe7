using CsCheck;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using GrpcCreds.Client;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Client;

/// <summary>The client's rules without any stream.</summary>
public sealed class RulesTests
{
    private static readonly Gen<CredentialAnswer> AnyAnswer = Gen.OneOf(
        Gen.Long[0, 9].Select(revision => Answers.From(Say.Session("acme", revision).Credential)!),
        Gen.Select(Gen.Long[0, 9], Gen.Enum<Availability>()).Select((revision, cause) => Answers.From(
            Say.None("acme", cause is Availability.NotPermitted or Availability.Unreadable ? 0 : revision, cause).Unavailable)));

    [Fact]
    public void Whatever_comes_a_source_never_goes_back_and_only_not_permitted_drops_what_it_holds() =>
        AnyAnswer.Array[0, 30].Sample(answers =>
        {
            var now = new Snapshot();
            foreach (var answer in answers)
            {
                var next = now.After(answer);
                if (answer is NoSession { Cause: Availability.NotPermitted })
                    Assert.Equal((0, false), (next.Revision, next.Answer is SalesforceSession));
                else if (next.Revision != now.Revision || now.Revision > 0)
                    Assert.True(next.Revision > now.Revision || ReferenceEquals(next.Answer, now.Answer));
                Assert.NotNull(next.Answer);
                now = next;
            }
        });

    [Fact]
    public void Waits_double_up_to_the_maximum_and_begin_anew_after_a_message()
    {
        var reconnect = new Reconnect(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(8), () => 1);
        var failure = new StreamEnd(StatusCode.Unavailable, "", Answered: false);

        var waits = Enumerable.Range(0, 7).Select(_ => reconnect.After(failure).Delay.TotalSeconds);
        Assert.Equal([0.5, 1, 2, 4, 8, 8, 8], waits);

        reconnect.MessageCame();
        Assert.Equal(0.25, reconnect.After(failure with { Answered = true }).Delay.TotalSeconds);
    }

    [Fact]
    public void Waits_are_random_from_almost_nothing()
    {
        var reconnect = new Reconnect(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(8), () => 0);

        Assert.Equal(TimeSpan.FromMilliseconds(1), reconnect.After(new StreamEnd(StatusCode.Unavailable, "", Answered: false)).Delay);
    }

    [Fact]
    public void RetryInfo_is_found_among_other_details()
    {
        Assert.Equal(TimeSpan.FromSeconds(2.5), RetryInfo.From(Trailers(Any.Pack(new Google.Rpc.ErrorInfo()), Delay(2, 500_000_000))));
        Assert.Equal(TimeSpan.Zero, RetryInfo.From(Trailers(Any.Pack(new Google.Rpc.RetryInfo()))));
        Assert.Equal(TimeSpan.Zero, RetryInfo.From(Trailers(Delay(-5, 0))));
        Assert.Equal(RetryInfo.Longest, RetryInfo.From(Trailers(Delay(long.MaxValue, 0))));
        Assert.Null(RetryInfo.From(Trailers(Any.Pack(new Google.Rpc.ErrorInfo()))));
        Assert.Null(RetryInfo.From([]));
    }

    [Fact]
    public void Details_that_cannot_be_read_are_no_RetryInfo() =>
        Gen.Byte.Array[0, 40].Sample(bytes =>
        {
            var delay = RetryInfo.From(new Metadata { { "grpc-status-details-bin", bytes } });
            Assert.True(delay is null || delay >= TimeSpan.Zero);
        });

    [Fact]
    public void A_time_outside_the_calendar_is_no_time()
    {
        var message = Say.Session("acme", 1).Credential;
        message.ActiveSince = new Timestamp { Seconds = long.MaxValue };
        message.Session.ExpectedExpireTime = new Timestamp { Seconds = 0, Nanos = -1 };

        var session = Assert.IsType<SalesforceSession>(Answers.From(message));

        Assert.Equal((null, null), (session.ActiveSince, session.ExpectedExpireTime));
    }

    private static Any Delay(long seconds, int nanos) =>
        Any.Pack(new Google.Rpc.RetryInfo { RetryDelay = new Duration { Seconds = seconds, Nanos = nanos } });

    private static Metadata Trailers(params Any[] details) =>
        new() { { "grpc-status-details-bin", new Google.Rpc.Status { Code = 14, Details = { details } }.ToByteArray() } };
}
