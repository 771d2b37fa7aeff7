"""keepalived's log beside a capture: which state it said it had. Its clock may differ from that of the captures.

Times are read as UTC. A log without a year gets the capture's. A line counts for the whole second that it names.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from harness.capture.haproxy_log import Answers
from harness.capture.scene import Scene
from harness.capture.words import at, found, lasting, names
from harness.model.errors import UsageError
from harness.model.outcome import Finding, Instant
from harness.model.units import ms, s

_ENTERING: Final = re.compile(r"\((?P<instance>[^()]{1,100})\) Entering (?P<state>MASTER|BACKUP|FAULT|STOP)\w* STATE")
_ISO: Final = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?")
_CLASSIC: Final = re.compile(r"(?:\w{3} )?(\w{3}) +(\d{1,2}) (\d\d:\d\d:\d\d)(?:\.\d+)?(?: (\d{4}))?")
_MOST_LINES: Final = 1_000_000
_MOST_STATES: Final = 10_000
AGREEMENT_NS: Final = 500 * ms


class State(NamedTuple):
    """`t`: ns since 1970, the begin of what the line names; `within_ns`: how exactly. `year`: does it name one?"""

    t: int
    within_ns: int
    year: bool
    instance: str
    state: str


@dataclass(frozen=True)
class Logs:
    """`states`: node → what its keepalived logged. `answers`: what HAProxy logged."""

    states: Mapping[str, tuple[State, ...]] = field(default_factory=dict)
    answers: Answers = field(default_factory=dict)

    def instants(self, scene: Scene) -> list[Instant]:
        return [
            Instant(each.t, f"{node}'s keepalived logs {each.state} ({each.instance})")
            for node in self.states
            for each in self._within(scene, node)
        ]

    def pair_agrees(self, scene: Scene) -> Finding:
        """keepalived's state and the adverts of a node agree, except for a bound.

        Only of a node whose log names one instance, and which sends the adverts of one VRID: a log tells no VRIDs.
        """
        here = [node for node in self.states if node in scene.nodes]
        several = [node for node in here if self._of_several(scene, node)]
        wrong = [each for node in here if node not in several for each in self._apart(scene, node)]
        lacks = [f"the log of {node}" for node in scene.nodes if node not in here]
        lacks += [f"which instance in the log of {node} has VRID {scene.vrid}" for node in several]
        if wrong:
            t, what = max(wrong)
            return found("violated", what, (), [Instant(t, what)], lasting(AGREEMENT_NS))
        judged = [node for node in here if node not in several]
        said = f"The log of {names(judged)} does not contradict its adverts." if judged else ""
        return found("inconclusive", said, [*lacks, "the kernel's addresses of each node"], (), lasting(AGREEMENT_NS))

    def _of_several(self, scene: Scene, node: str) -> bool:
        """Does the log, or do the node's adverts, tell of more than one virtual router?"""
        return len({each.instance for each in self.states[node]}) > 1 or len(scene.vrids_of(node)) > 1

    def _within(self, scene: Scene, node: str) -> list[State]:
        """On the year of the capture where the log has none."""
        dated = (each if each.year else _dated(each, scene.begin) for each in self.states[node])
        return [each for each in dated if scene.begin - s <= each.t <= scene.end]

    def _apart(self, scene: Scene, node: str) -> Iterator[tuple[int, str]]:
        """(t, sentence) of adverts that were sent long after the log said that the node was no master."""
        states = self._within(scene, node)
        for i, each in enumerate(states):
            until = states[i + 1].t if i + 1 < len(states) else scene.end
            since = each.t + each.within_ns + AGREEMENT_NS + scene.interval_ns
            sent = [t for t in scene.adverts[node] if since < t < until]
            if each.state != "MASTER" and sent:
                yield (
                    sent[-1],
                    (f"{node} logged {each.state} at {at(scene, each.t)} and advertised until {at(scene, sent[-1])}."),
                )


def read_log(path: Path) -> tuple[State, ...]:
    """Raises `UsageError` if the file cannot be read or has no line that tells a state."""
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            states = tuple(_states(lines))
    except OSError as error:
        raise UsageError(f"{str(path)!r} cannot be read: {error.strerror}.") from error
    if not states:
        raise UsageError(
            f"{str(path)!r} has no line with a time and ``(INSTANCE) Entering MASTER STATE``, as keepalived logs it."
        )
    return states


def _states(lines: Iterable[str]) -> Iterator[State]:
    count = 0
    for number, line in enumerate(lines):
        match = _ENTERING.search(line[:4096])
        stamp = _time(line[: match.start()]) if match else None
        if match and stamp:
            yield State(*stamp, match["instance"], match["state"])
            count += 1
        if number >= _MOST_LINES or count >= _MOST_STATES:
            return


def _time(text: str) -> tuple[int, int, bool] | None:
    """(ns since 1970, how exactly, whether it has a year); None if the text has no time."""
    if iso := _ISO.search(text):
        try:
            moment = datetime.fromisoformat(iso[1] + (iso[3] or "+00:00"))
        except ValueError:
            return None
        part = int((iso[2] or ".0")[1:].ljust(9, "0"))
        return int(moment.timestamp()) * s + part, s if not iso[2] else ms, True
    if classic := _CLASSIC.search(text):
        month, day, clock, year = classic.groups()
        try:
            moment = datetime.strptime(f"{year or 2000} {month} {day} {clock} +0000", "%Y %b %d %H:%M:%S %z")
        except ValueError:
            return None
        return int(moment.timestamp()) * s, s, year is not None
    return None


def _dated(state: State, near: int) -> State:
    moment, year = datetime.fromtimestamp(state.t / s, UTC), datetime.fromtimestamp(near // s, UTC).year
    try:
        return state._replace(t=int(moment.replace(year=year).timestamp()) * s, year=True)
    except ValueError:  # February 29
        return state
