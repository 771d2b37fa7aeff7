"""Which faults that no kernel and no service tells of can be noticed: by missing adverts, or by a check they reach.

A standby's last advert may be up to advert_int older than the loss, so only a loss shorter than master-down −
advert_int is noticed in no phase. A check needs so many failures in a row (`NodeCheck.noticed_ns`).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from harness.checks._bounds import limits, synced_with
from harness.checks._touch import ways
from harness.history import History, Step
from harness.history.timeline import FOREVER
from harness.model.events import OpApplied
from harness.model.limits import Limit, RouterLimits
from harness.model.node_check import NodeCheck
from harness.model.ops import AnyOp, Disturbs, OnPort
from harness.model.units import s
from harness.model.virtual_router import VirtualRouter

_STOP_ADVERTS: Final = (Disturbs.adverts, Disturbs.frames, Disturbs.node)
_ON_THE_WAY: Final = (Disturbs.frames, Disturbs.requests)
_OF_A_NODE: Final = (Disturbs.node, Disturbs.service)
_HERE: Final = {
    "pidof", "pgrep", "pkill", "killall", "kill", "test", "[", "cat", "grep", "echo", "printf", "ps", "service",
    "systemctl", "true", "false", "exit", "ss", "netstat", "wc", "[[", "awk", "sed", "head", "tail", "cut", "sleep",
}  # fmt: skip
"""Programs that look at their own machine alone."""
_SKIPPED: Final = re.compile(r"(?:\S*/)?(?:sh|bash|dash|ash|exec|sudo|if|then|else|fi|do|done|while|!|\{|\}|-\S*)")
_COMMENT: Final = re.compile(r"(?m)^\s*#.*$")
_PARTS: Final = re.compile(r"[;|&\n()`]+")
_REDIRECTED: Final = re.compile(r"&?\d*[<>]+(?:&[\d-]|\s*[^\s;|&()`<>]+)")
_CONNECTS: Final = re.compile(r"/dev/(?:tcp|udp)/")


class Noticed(NamedTuple):
    """`ops`: those that can be noticed. `why`: the rule by which the others cannot; "" if all can."""

    ops: list[OpApplied]
    why: str


class _Watch(NamedTuple):
    """`ops`: those that keep away what it looks for. `limit`: the shortest time for which it can notice that."""

    limit: Limit
    ops: list[OpApplied]

    def misses_ns(self, step: Step) -> int:
        """From the first begin to the last end: what passes in between may be too little."""
        ends = [step.release_of(op) or FOREVER for op in self.ops]
        return max(ends) - min(op.t for op in self.ops)


def noticed(history: History, step: Step, router: VirtualRouter, ops: Sequence[OpApplied]) -> Noticed:
    """Of `ops`, which touch the router, those that something of it can notice."""
    watches = [watch for watch in _watches(history, step, router, ops) if watch.ops]
    found = [op for watch in watches if watch.misses_ns(step) >= watch.limit.ns for op in watch.ops]
    found += [op for op in ops if op.op.disturbs is Disturbs.openly]
    chosen = [op for op in ops if op in found]
    return Noticed(chosen, "" if len(chosen) == len(ops) else _why(step, watches))


def stops_adverts(history: History, step: Step, router: VirtualRouter, op: AnyOp) -> bool:
    """Does it keep adverts of the router from a node? Of a node's cables only that of its adverts counts."""
    return op.disturbs in _STOP_ADVERTS and on_their_way(history, step, router, op)


def on_their_way(history: History, step: Step, router: VirtualRouter, op: AnyOp) -> bool:
    """Is it where adverts of the router pass?"""
    segments = limits(step, router).segments
    if op.place in router.nodes:
        return not isinstance(op, OnPort) or op.port.rpartition(".")[2] in segments
    return op.place in ways(history.topology, segments)


def stays(text: str) -> bool:
    """Does a check look at nothing beyond its node? `text`: its command, or its script. False if that is not known."""
    said = _COMMENT.sub("", text)
    if _CONNECTS.search(said):
        return False
    parts = (_first_word(part) for part in _PARTS.split(_REDIRECTED.sub(" ", said)))
    programs = {word.rpartition("/")[2] for word in parts if word}
    return bool(programs) and programs <= _HERE


def _first_word(part: str) -> str:
    words = (word for word in part.split() if not _SKIPPED.fullmatch(word))
    return next(words, "")


def _watches(history: History, step: Step, router: VirtualRouter, ops: Sequence[OpApplied]) -> Iterator[_Watch]:
    for each in synced_with(history, step, router):
        bounds = limits(step, each)
        yield _Watch(_quiet(bounds), [op for op in ops if stops_adverts(history, step, each, op.op)])
        for node, settings in bounds.vrrp.items():
            for check in settings.checks:
                limit = Limit(check.noticed_ns, "(fall − 1) × interval of the quickest check")
                yield _Watch(limit, [op for op in ops if _reaches(op.op, node, check)])


def _quiet(bounds: RouterLimits) -> Limit:
    return Limit(bounds.master_down_ns - bounds.advert_int_ns, "master-down − advert_int")


def _reaches(op: AnyOp, node: str, check: NodeCheck) -> bool:
    """Can it make the check of `node` fail? A process that stands still is still there."""
    beyond = check.kind == "bfd" or (check.kind == "script" and not stays(check.text))
    if op.disturbs in _ON_THE_WAY:
        return beyond
    return op.disturbs in _OF_A_NODE and ((op.place == node and check.kind != "process") or beyond)


def _why(step: Step, watches: Sequence[_Watch]) -> str:
    if not watches:
        return "neither adverts nor a check of the pair can show what was done"
    quickest = min(watches, key=lambda watch: watch.limit.ns)
    return f"a silent loss of {quickest.misses_ns(step) / s:.3f} s is shorter than {quickest.limit}"
