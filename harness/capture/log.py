"""keepalived's log beside a capture: which state it said it had. Its clock may differ from that of the captures.

Times without a zone are read as UTC: they prove nothing then. A log without a year gets the capture's. A line counts
for the whole second that it names.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from harness.capture.haproxy_log import Answers
from harness.capture.lines import lines
from harness.capture.scene import Scene
from harness.capture.stamp import Stamp, in_year_near, stamp_of
from harness.capture.tenure import tenures
from harness.capture.words import at, found, lasting, names
from harness.model.errors import UsageError
from harness.model.outcome import Finding, Instant
from harness.model.units import ms, s

_ENTERING: Final = re.compile(r"\((?P<instance>[^()]{1,100})\) Entering (?P<state>MASTER|BACKUP|FAULT|STOP)\w* STATE")
_LONGEST: Final = 16_384  # characters of a line, which may be an object of the journal
_MOST_LINES: Final = 1_000_000
_MOST_STATES: Final = 10_000
AGREEMENT_NS: Final = 500 * ms


class State(NamedTuple):
    """What a line says, and the begin of the time that it names."""

    stamp: Stamp
    instance: str
    state: str

    @property
    def t(self) -> int:
        return self.stamp.t


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
            t, what, zone = max(wrong, key=lambda each: (each[2], each[0]))
            instants, lack = [Instant(t, what)], ["the time zone of that log (--log-zone)"]
            return found(
                "violated" if zone else "inconclusive", what, () if zone else lack, instants, lasting(AGREEMENT_NS)
            )
        lacks += [lack for node in here for lack in (*self._undated(scene, node), *self._ended(scene, node))]
        judged = [node for node in here if node not in several and self._within(scene, node)]
        said = f"The log of {names(judged)} does not contradict its adverts." if judged else ""
        return found("inconclusive", said, [*lacks, "the kernel's addresses of each node"], (), lasting(AGREEMENT_NS))

    def _of_several(self, scene: Scene, node: str) -> bool:
        """Does the log, or do the node's adverts, tell of more than one virtual router?"""
        return len({each.instance for each in self.states[node]}) > 1 or len(scene.vrids_of(node)) > 1

    def _within(self, scene: Scene, node: str) -> list[State]:
        """In order of time, of several files too; on the year of the capture where the log has none."""
        dated = (each if each.stamp.year else _dated(each, scene.begin) for each in self.states[node])
        return sorted((each for each in dated if scene.begin - s <= each.t <= scene.end), key=lambda each: each.t)

    def _undated(self, scene: Scene, node: str) -> Iterator[str]:
        """Why nothing is known of a log without a line in the time of the captures."""
        if not self._within(scene, node):
            zone = all(each.stamp.zone for each in self.states[node])
            hint = "" if zone else " (its times name no zone, and are read as UTC: --log-zone names it)"
            yield f"a state in the log of {node} at the time of the captures{hint}"

    def _ended(self, scene: Scene, node: str) -> Iterator[str]:
        """A node that became master after the last line of its log: it was saved before, or is not whole."""
        if anew := _anew(scene, node, self._within(scene, node)):
            yield f"the log of {node} from {at(scene, anew)} on, when it became master"

    def _apart(self, scene: Scene, node: str) -> Iterator[tuple[int, str, bool]]:
        """(t, sentence, whether its time zone is known) of adverts that were sent long after the log said that the node
        was no master."""
        states = self._within(scene, node)
        for i, each in enumerate(states):
            until = states[i + 1].t if i + 1 < len(states) else _anew(scene, node, states) or scene.end
            sent = [t for t in scene.adverts[node] if _since(scene, each) < t < until]
            if each.state != "MASTER" and sent:
                yield (
                    sent[-1],
                    f"{node} logged {each.state} at {at(scene, each.t)} and advertised until {at(scene, sent[-1])}.",
                    each.stamp.zone,
                )


def _since(scene: Scene, state: State) -> int:
    """From when on the node's adverts must agree with what it logged."""
    return state.t + state.stamp.within_ns + AGREEMENT_NS + scene.interval_ns


def _anew(scene: Scene, node: str, states: Sequence[State]) -> int:
    """When the node became master after the last line, which says that it was none; 0 if it did not."""
    if not states or states[-1].state == "MASTER":
        return 0
    later = (each.first for each in tenures(scene) if each.node == node and each.first > _since(scene, states[-1]))
    return next(later, 0)


def read_log(path: Path, zone: tzinfo | None = None) -> tuple[State, ...]:
    """`zone`: of times that tell none. Raises `UsageError` if the file cannot be read or has no line with a state."""
    states = tuple(islice(_states(lines(path, _MOST_LINES), zone), _MOST_STATES))
    if not states:
        raise UsageError(
            f"{str(path)!r} has no line with a time and ``(INSTANCE) Entering MASTER STATE``, as keepalived logs it."
        )
    return states


def _states(every: Iterable[str], zone: tzinfo | None) -> Iterator[State]:
    for line in every:
        match = _ENTERING.search(line[:_LONGEST])
        stamp = stamp_of(line[:_LONGEST], match.start(), zone) if match else None
        if match and stamp:
            yield State(stamp, match["instance"], match["state"])


def _dated(state: State, near: int) -> State:
    return state._replace(stamp=state.stamp._replace(t=in_year_near(state.t, near), year=True))
