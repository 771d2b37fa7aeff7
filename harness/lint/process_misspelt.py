"""A check that looks for a process of almost HAProxy's name."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final

from harness.lint._asks import told
from harness.lint._checks import checks
from harness.lint._commands import text_of
from harness.lint._lines import once
from harness.lint._pair import Member, Pair
from harness.lint._place import Place
from harness.lint._rule import Found, rule
from harness.lint._trackers import place, trackers

_NAME: Final = "haproxy"
_ALIKE: Final = 0.8
_LOOKS_FOR: Final = re.compile(
    r"\b(pidof|pgrep|pkill|killall)\b['\"]?((?:\s+['\"]?-{1,2}[\w-]+['\"]?)*)\s+['\"]?([\w-]+)"
)


@rule(
    "error",
    outage="The check fails whatever runs: every node is in FAULT, or lowered by its weight, for good.",
    experiment="none: it shows at the start",
)
def process_misspelt(pair: Pair) -> Iterator[Found]:
    """`process` of a vrrp_track_process, and the name that pidof, pgrep or killall gets, is compared with the whole
    name of each process (of pgrep without -x, with a part of it). Found is a name that is almost `haproxy`, such as
    `haprxoy`."""
    yield from once(found for router in pair.routers for member in router.members for found in _misspelt(member))


def _misspelt(member: Member) -> Iterator[Found]:
    for name, where in _names(member):
        if name != _NAME and _NAME not in name and SequenceMatcher(None, name, _NAME).ratio() >= _ALIKE:
            said = f"A check of {member.node.name} looks for a process {name}, and HAProxy's is called {_NAME}."
            yield Found(where, said, _NAME)


def _names(member: Member) -> Iterator[tuple[str, Place]]:
    processes = {each.name: each.process for each in member.node.running.processes}
    for tracker in trackers(member):
        if tracker.kind == "process" and tracker.name in processes:
            yield processes[tracker.name].rpartition("/")[2], place(member, tracker)
    for check in checks(member):
        for program, options, name in _LOOKS_FOR.findall(told(text_of(member.node, check.script.command))):
            if not (program in ("pgrep", "pkill") and "x" not in options and name in _NAME):
                yield name, check.place
