"""Who is before a balancer or in it: sessions, those in the kernel's queue, and those whose SYN is not answered. Pure.

Not all customers are: one whose connection a rebooted balancer has forgotten waits until his patience ends, for nobody.
And who is need not be a customer any more: a request whose client has given up stays a session until it is answered.
"""

from typing import Final, NamedTuple

from harness.history import History
from harness.history.timeline import Interval
from harness.model.events import ConnectingSample, HaproxySample, ListenSample
from harness.model.units import s, seconds
from harness.recovery.sessions import Fill

RECENT_NS: Final = s  # older than that, a sample tells nothing of now
BEFORE_NS: Final = 2 * s  # over which rates are taken before an act


class Crowd(NamedTuple):
    sessions: int
    queued: int  # connected, and not accepted
    connecting: int

    @property
    def size(self) -> int:
        return sum(self)


def crowd(history: History, frontend: Fill, t: int) -> Crowd:
    """Of a frontend at `t`, as the newest samples before tell. What was not sampled counts as nobody."""
    recent = Interval(t - RECENT_NS, t)
    sessions = _samples(history, frontend, recent)
    queues = {x.port: x.waiting for x in history.of(ListenSample, recent) if x.node == frontend.node}
    connecting = {x.node: x.connecting for x in history.of(ConnectingSample, recent)}
    return Crowd(sessions[-1].sessions if sessions else 0, sum(queues.values()), sum(connecting.values()))


def ended_hz(history: History, frontend: Fill, window: Interval) -> float:
    """How many sessions have ended in each second, where each asks once: requests begun less growth."""
    samples = _samples(history, frontend, window)
    if len(samples) < 2 or samples[0].requests > samples[-1].requests:  # it has been restarted meanwhile
        return 0.0
    first, last = samples[0], samples[-1]
    ended = (last.requests - first.requests) - (last.sessions - first.sessions)
    return max(0, ended) / seconds(last.t - first.t)


def _samples(history: History, frontend: Fill, window: Interval) -> list[HaproxySample]:
    return [x for x in history.of(HaproxySample, window) if (x.node, x.proxy) == (frontend.node, frontend.proxy)]
