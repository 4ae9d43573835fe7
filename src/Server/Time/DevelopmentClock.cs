namespace GrpcCreds.Server.Time;

/// <summary>
/// A clock that runs up to 20 times faster than the real one, or jumps ahead on command, so that hours can be tested in minutes. Its timers follow
/// it. Its time of day can be set as well. For Development only.
/// </summary>
internal sealed class DevelopmentClock : TimeProvider
{
    private readonly Lock gate = new();
    private readonly HashSet<ScaledTimer> timers = [];
    private readonly double speed;
    private readonly DateTimeOffset start = System.GetUtcNow();
    private readonly long startTimestamp = System.GetTimestamp();
    private TimeSpan jumped;
    private TimeSpan stepped;

    /// <param name="speed">1 to 20.</param>
    public DevelopmentClock(double speed) => this.speed = speed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    private TimeSpan Elapsed
    {
        get
        {
            lock (gate)
                return (System.GetElapsedTime(startTimestamp) * speed) + jumped;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
            return start + Elapsed + stepped;
    }

    public override long GetTimestamp() => Elapsed.Ticks;

    /// <summary>Jumps ahead; timers that were due in between fire now.</summary>
    public void Advance(TimeSpan by)
    {
        lock (gate)
        {
            jumped += by;
            foreach (var timer in timers)
                timer.Reschedule();
        }
    }

    /// <summary>Sets the time of day, as an administrator or NTP does; no time passes, and no timer fires because of it.</summary>
    public void Step(TimeSpan by)
    {
        lock (gate)
            stepped += by;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ScaledTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>A real timer that is rescheduled for each time it fires, converted from this clock's time.</summary>
    private sealed class ScaledTimer : ITimer
    {
        private readonly DevelopmentClock clock;
        private readonly TimerCallback callback;
        private readonly object? state;
        private readonly Timer timer;
        private TimeSpan? due;
        private TimeSpan period = Timeout.InfiniteTimeSpan;

        public ScaledTimer(DevelopmentClock clock, TimerCallback callback, object? state)
        {
            this.clock = clock;
            this.callback = callback;
            this.state = state;
            timer = new Timer(_ => Fire());
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock.gate)
            {
                due = dueTime == Timeout.InfiniteTimeSpan ? null : clock.Elapsed + dueTime;
                this.period = period;
                if (due is null)
                    clock.timers.Remove(this);
                else
                    clock.timers.Add(this);
                return Reschedule();
            }
        }

        public bool Reschedule()
        {
            var wait = due is { } at ? (at - clock.Elapsed) / clock.speed : Timeout.InfiniteTimeSpan;
            // Rounded up: a timer must not fire early.
            return timer.Change(
                due is null ? wait : TimeSpan.FromMilliseconds(Math.Ceiling(Math.Max(0, wait.TotalMilliseconds))), Timeout.InfiniteTimeSpan);
        }

        public void Dispose()
        {
            lock (clock.gate)
                clock.timers.Remove(this);
            timer.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire()
        {
            lock (clock.gate)
            {
                if (due is not { } at)
                    return;
                if (clock.Elapsed < at)
                {
                    // The real timer is coarser than this clock, and fired a little early.
                    Reschedule();
                    return;
                }
                due = period > TimeSpan.Zero ? clock.Elapsed + period : null;
                if (due is null)
                    clock.timers.Remove(this);
                else
                    Reschedule();
            }
            callback(state);
        }
    }
}
