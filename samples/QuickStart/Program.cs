using GrpcCreds.QuickStart;

// The map of the story. Everything runs in this one process and is gone when it ends.
if (!Arguments.TryRead(args, out var arguments, out var problem))
{
    Console.Error.WriteLine(problem);
    return 2;
}
if (arguments.Help)
{
    Console.WriteLine(Arguments.Usage);
    return 0;
}

using var interrupt = new Interrupt();
try
{
    await using var stage = await Stage.StartAsync(arguments.Grpc, arguments.Http, interrupt.Token);
    var story = new Story(stage, interrupt.Token);
    await story.NothingIsConfiguredAsync();
    await story.APasswordIsSetAsync();
    await story.AnotherUserTakesOverAsync();
    await story.AWrongPasswordIsRefusedAsync();
    await new OAuthStory(stage, story, interrupt.Token).TellAsync();
    await new FleetStory(stage, interrupt.Token).TellAsync();
    if (arguments.Exit)
    {
        Console.WriteLine("\nThe story came out as told.");
        return 0;
    }
    await Invitation.PrintAsync(stage, interrupt.Token);
    await interrupt.WaitAsync();
    Console.WriteLine("\nStopping; everything made here is removed.");
    return 0;
}
// Whatever breaks off then, breaks off because of that.
catch (Exception) when (interrupt.Token.IsCancellationRequested)
{
    await Console.Error.WriteLineAsync("\nStopped before the end of the story.");
    return 130;
}
catch (StoryException broken)
{
    await Console.Error.WriteLineAsync($"\n{broken.Message}");
    return 1;
}
