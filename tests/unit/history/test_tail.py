"""A growing file of events, followed."""

from contextlib import closing
from pathlib import Path

import pytest

from harness.history import tail as module
from harness.history.tail import Tail
from harness.model.errors import AgentError, TimedOut
from harness.model.events import AnyEvent, Marked, encode


def alive() -> None:
    """The writer lives."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "events.jsonl").touch()
    return tmp_path / "events.jsonl"


def test_half_a_line_waits_for_its_rest(path: Path) -> None:
    seen: list[AnyEvent] = []
    tail = Tail(path, seen.append)
    line = encode(Marked(7, "sync")) + b"\n"
    with path.open("ab", buffering=0) as file, closing(tail):
        file.write(line[:9])
        tail.poll()
        assert seen == []
        file.write(line[9:] + line)
        tail.poll()
    assert seen == [Marked(7, "sync")] * 2


def test_wait_names_what_did_not_happen(path: Path) -> None:
    late = pytest.raises(TimedOut, match=r"Timed out after 0\.02 s waiting for the owner: no node has the VIP\.")
    with closing(Tail(path, lambda _: None)) as tail, late as caught:
        tail.wait("the owner", lambda: "no node has the VIP", 0.02, alive)
    assert caught.value.missing == "no node has the VIP"


def test_wait_goes_on_until_nothing_is_missing(path: Path) -> None:
    seen: list[AnyEvent] = []
    with path.open("ab", buffering=0) as file, closing(Tail(path, seen.append)) as tail:
        file.write(encode(Marked(7, "sync")) + b"\n")
        tail.wait("a mark", lambda: "" if seen else "no mark", 5, alive)
    assert seen == [Marked(7, "sync")]


class Clock:
    """In the place of `time`: it goes on by what is slept, and by nothing else."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return round(sum(self.slept), 6)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def test_what_is_written_is_seen_within_10_ms_until_the_very_deadline(path: Path, clock: Clock) -> None:
    """A trial waits for its plan's end by this, and an interrupt for the trial."""

    def late() -> str:
        return "" if clock.monotonic() > 1 else "no mark"

    with closing(Tail(path, lambda _: None)) as tail:
        tail.wait("a mark", late, 1, alive)
    assert max(clock.slept) <= 0.01


def test_the_deadline_is_not_waited_for_for_long(path: Path, clock: Clock) -> None:
    with closing(Tail(path, lambda _: None)) as tail, pytest.raises(TimedOut):
        tail.wait("a mark", lambda: "no mark", 1, alive)
    assert 1 < clock.monotonic() <= 1 + 2 * max(clock.slept)


def test_wait_ends_when_the_writer_dies(path: Path) -> None:
    def dead() -> None:
        raise AgentError("gone")

    with closing(Tail(path, lambda _: None)) as tail, pytest.raises(AgentError, match="gone"):
        tail.wait("the owner", lambda: "no node", 5, dead)


def test_a_line_that_cannot_be_read_is_told_and_costs_no_other(path: Path) -> None:
    """An op of a newer harness. The trial that misses it is invalid; the next one reads on."""
    melt = b'{"event":"op_applied","t":1,"plan":1,"part":0,"op":{"op":"melt"},"asked_ns":1,"begun_ns":1}'
    before, after, later = (Marked(t, "here") for t in range(3))
    seen: list[AnyEvent] = []
    with path.open("ab", buffering=0) as file, closing(Tail(path, seen.append)) as tail:
        file.write(b"".join(line + b"\n" for line in (encode(before), melt, b"\xff", encode(after))))
        with pytest.raises(AgentError, match=r"2 lines that cannot be read\. The first: .*melt"):
            tail.poll()
        file.write(encode(later) + b"\n")
        tail.poll()
    assert seen == tail.events == [before, after, later]
