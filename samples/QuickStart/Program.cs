using GrpcCreds.QuickStart;

// The outline of the story. Everything runs in this one process and is removed when it ends.
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
        Console.WriteLine("\nThe story is complete: every step succeeded.");
        return 0;
    }
    await Invitation.PrintAsync(stage, interrupt.Token);
    await interrupt.WaitAsync();
    Console.WriteLine("\nStopping. All data of the story is removed.");
    return 0;
}
// After an interrupt, any exception is a consequence of it.
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
