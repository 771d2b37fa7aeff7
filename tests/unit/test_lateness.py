"""An observer says how late it read, in time, and only while somebody listens."""

from functools import partial

from harness.agents.lateness import POLLED_NS, TOLD_NS, Lateness
from harness.agents.loop import Loop, now
from harness.model.events import AnyEvent, Lag, Marked
from harness.model.units import ms


class Observer:
    def __init__(self) -> None:
        self.loop, self.events, self.observed = Loop(), list[AnyEvent](), True
        self.lateness = Lateness(self.loop, "eye", self.events.append, lambda: self.observed)
        self.lateness.begin()

    def run(self, duration_ns: int) -> None:
        end = now() + duration_ns
        while now() < end:
            self.loop.turn(ms)

    def stall(self, duration_ns: int) -> None:
        """The loop does nothing for so long, and then reads something that it stamps itself."""

        def stalled(until: int) -> None:
            while now() < until:
                pass
            self.loop.at(now(), lambda: self.events.append(Marked(now(), "read after the stall")))

        self.loop.at(now(), partial(stalled, now() + duration_ns))

    def lags(self) -> list[Lag]:
        return [event for event in self.events if isinstance(event, Lag)]


def test_an_observer_that_is_never_late_says_so() -> None:
    observer = Observer()
    observer.run(4 * TOLD_NS)
    lags = observer.lags()
    assert 2 <= len(lags) <= 4
    assert all(lag.observer == "eye" and lag.lag_ns > 0 for lag in lags)
    assert min(lag.lag_ns for lag in lags) < POLLED_NS + 20 * ms  # here the machine may be busy


def test_what_is_stamped_after_a_stall_is_covered_by_the_first_lag_that_follows() -> None:
    observer = Observer()
    observer.run(TOLD_NS // 2)
    observer.stall(600 * ms)
    observer.run(600 * ms + 4 * TOLD_NS)
    read = next(event for event in observer.events if isinstance(event, Marked))
    covering = next(lag for lag in observer.lags() if lag.t >= read.t)
    assert covering.lag_ns >= 600 * ms
    assert covering.t - read.t <= 2 * TOLD_NS
    assert observer.lags()[-1].lag_ns < 600 * ms, "and later ones tell of it no more"


def test_a_frame_that_was_read_late_counts() -> None:
    observer = Observer()
    observer.lateness.frame(now() - 70 * ms)
    observer.run(2 * TOLD_NS)
    assert 70 * ms <= observer.lags()[0].lag_ns < 70 * ms + TOLD_NS


def test_nothing_is_measured_for_nobody_and_what_nobody_heard_does_not_count() -> None:
    observer = Observer()
    observer.observed = False
    observer.run(TOLD_NS)
    assert observer.events == []
    observer.loop.turn(TOLD_NS)  # nothing wakes it
    observer.observed = True
    observer.lateness.begin()
    observer.lateness.begin()  # a second subscriber
    observer.run(TOLD_NS + 50 * ms)
    (lag,) = observer.lags()
    assert lag.lag_ns < TOLD_NS
