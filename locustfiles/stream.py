"""A stream: an arrival process, and the request of an arrival. Each arrival makes exactly one record."""

import time
from abc import ABC, abstractmethod
from typing import ClassVar, Final, NamedTuple

import gevent
import msgspec
from gevent import Greenlet

from harness.model.load import QUIET, StreamSetting
from harness.model.requests import Outcome, Request
from harness.model.requests import Stream as StreamNumber
from harness.model.units import s
from locustfiles.alarm import Alarm
from locustfiles.schedule import Schedule
from locustfiles.sink import Sink
from locustfiles.vantage_point import VantagePoint


class Result(NamedTuple):
    outcome: Outcome
    status: int = 0
    balancer: int = 0
    api: int = 0


_NOT_AGAIN: Final = (Outcome.ok, Outcome.local, Outcome.dropped)  # answered, or never sent
DROPPED: Final = Result(Outcome.dropped)


class Stream(ABC):
    """Open loop: arrivals begin when they are due, whatever number is in flight. A subclass defines the request."""

    number: ClassVar[StreamNumber]

    def __init__(self, vantage: VantagePoint, sink: Sink) -> None:
        self.vantage = vantage
        self.setting = QUIET
        self.schedule = Schedule()
        self._sink = sink
        self._alarm = Alarm()
        self._sequence = 0
        self._in_flight: dict[Greenlet, int] = {}  # request → when it was due

    def apply(self, setting: StreamSetting) -> int:
        """Valid from the returned instant on. Requests in flight keep the setting with which they began."""
        if setting.rate_hz:  # at rate 0 overdue requests still use the old setting
            self.setting = setting
        now = time.monotonic_ns()
        self.schedule.change(setting.rate_hz, now)
        self._alarm.wake()
        return now

    def settle(self, before_ns: int, deadline_ns: int) -> int:
        """Waits for the outcome of all that was due before; returns how many have none at the deadline."""
        while self.schedule.owes(before_ns) and time.monotonic_ns() < deadline_ns:
            gevent.sleep(0.01)  # rare: polling is cheaper than an event per arrival
        shots = [shot for shot, due in self._in_flight.items() if due < before_ns]
        gevent.joinall(shots, timeout=max(0, deadline_ns - time.monotonic_ns()) / s)
        return sum(not shot.ready() for shot in shots) + self.schedule.owes(before_ns)

    def run(self) -> None:
        """Never returns."""
        while True:
            if (instant := self.schedule.next) > time.monotonic_ns():
                self._alarm.sleep_until(instant)
            else:
                self.begin(self.schedule.take(time.monotonic_ns()))

    def begin(self, due: int) -> Greenlet:
        return self._begin(due, self.setting)

    def _begin(self, due: int, setting: StreamSetting) -> Greenlet:
        self._sequence = (self._sequence + 1) & 0xFFFFFFFF
        shot = gevent.spawn(self._shoot, due, self._sequence, setting)
        self._in_flight[shot] = due
        return shot

    @abstractmethod
    def request(self, setting: StreamSetting) -> Result:
        """One request, to its end. Failures of the network or the server do not raise."""

    def _shoot(self, due: int, sequence: int, setting: StreamSetting) -> None:
        sent = time.monotonic_ns()
        result = self.request(setting) if len(self._in_flight) <= setting.cap else DROPPED
        done = time.monotonic_ns()
        self._sink.add(
            Request(due, sent, done, sequence, result.status, *_numbers(result), self.vantage.number, self.number)
        )
        del self._in_flight[gevent.getcurrent()]
        if setting.retries and result.outcome not in _NOT_AGAIN:
            self._begin(done, msgspec.structs.replace(setting, retries=setting.retries - 1))


def _numbers(result: Result) -> tuple[int, int, int]:
    return result.outcome, result.balancer, result.api
