"""A line that keepalived drops, or takes with another value than written."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from harness.lint._braces import unbalanced
from harness.lint._explained import RUNS_WITHOUT, explained_by, said_by_keepalived
from harness.lint._finding import Severity
from harness.lint._lines import once
from harness.lint._not_in_force import not_in_force
from harness.lint._pair import Pair, PairNode
from harness.lint._place import Place
from harness.lint._rule import Found, rule
from harness.model.file_problem import Problem
from harness.model.keepalived import Block

_KEYWORDS: Final = (
    "virtual_router_id", "virtual_ipaddress", "virtual_ipaddress_excluded", "interface", "priority", "advert_int",
    "track_script", "track_process", "track_file", "track_interface", "vrrp_script", "vrrp_track_process", "nopreempt",
    "vrrp_instance", "vrrp_sync_group", "unicast_peer", "unicast_src_ip", "authentication", "auth_type", "auth_pass",
    "global_defs", "script", "interval", "weight", "fall", "rise", "timeout", "state", "preempt_delay", "script_user",
    "enable_script_security", "vrrp_version", "notify_master", "notify_backup", "notify_fault", "notify", "process",
)  # fmt: skip
_VITAL: Final = ("virtual_ipaddress", "track_script", "track_process", "vrrp_instance", "vrrp_script")
_EXCLUDED: Final = "virtual_ipaddress_excluded"
_UNKNOWN: Final = re.compile(r"[Uu]nknown keyword '(?P<word>[^']+)'")
_GROUPLESS: Final = re.compile(r"specified in sync group \S+ doesn't exist")
_IGNORED: Final = "Unexpected '{' - ignoring"
_WARNING: Final = re.compile(r"^WARNING - ")


@rule("warning", outage="keepalived does otherwise than its file says.", experiment="none: it shows at the start")
def line_dropped(pair: Pair) -> Iterator[Found]:
    """keepalived goes on without what it cannot read, and says so only in its log; `-t` ends with 5, or 6.

    49 of 59 public files had such a line. An error if an instance, an address, a card or a check is lost by it, or a
    member of a sync group. What another rule explains is not told again, nor what is within a block that is dropped as
    a whole, nor warnings that follow from a brace that is missing.
    """
    yield from once(found for node in pair.nodes for found in _dropped(node))


def _dropped(node: PairNode) -> Iterator[Found]:
    by_place: dict[Place, list[Problem]] = {}
    broken = unbalanced(node.site) is not None
    for problem in _causes(said_by_keepalived(node)):
        lost = problem.severity == "lost" or RUNS_WITHOUT.search(problem.said)
        if lost and not explained_by(problem.said):
            by_place.setdefault(node.at_path(problem.path, problem.line), []).append(problem)
    for place, problems in by_place.items():
        said = "; ".join(dict.fromkeys(_WARNING.sub("", each.said) for each in problems))
        severity = _severity(node, problems)
        if not broken or severity == "error":
            yield Found(place, f"keepalived: {said}", _instead(said), severity)


def _causes(problems: Sequence[Problem]) -> Iterator[Problem]:
    """Without the lines of a block whose head keepalived ignores: its closing brace, and what is before it."""
    ends = [each for each in problems if _UNKNOWN.search(each.said) and _word(each.said) == "}"]
    heads = [each for each in problems if _IGNORED in each.said]
    for problem in problems:
        within = any(_is_within(problem, head, ends) for head in heads)
        if problem not in ends and not within:
            yield problem


def _is_within(problem: Problem, head: Problem, ends: list[Problem]) -> bool:
    after = [end.line for end in ends if end.path == head.path and end.line > head.line]
    return problem.path == head.path and bool(after) and head.line < problem.line <= min(after)


def _word(said: str) -> str:
    found = _UNKNOWN.search(said)
    return found["word"] if found else ""


def _instead(said: str) -> str:
    word = _word(said)
    if word.startswith("\ufeff"):
        return f"{word[1:]}, in a file that is saved without a byte order mark"
    if word in _KEYWORDS:
        return f"{word} within its block: look at the braces and at the keywords above it"
    return _meant(word)


def _meant(word: str) -> str:
    close = get_close_matches(word, _KEYWORDS, 1) if word else []
    return close[0] if close else ""


def _severity(node: PairNode, problems: list[Problem]) -> Severity:
    return "error" if any(_is_vital(node, problem) for problem in problems) else "warning"


def _is_vital(node: PairNode, problem: Problem) -> bool:
    """Is something that the pair needs written there, and not in force?"""
    if _meant(_word(problem.said)) in _VITAL or _GROUPLESS.search(problem.said):
        return True
    if found := RUNS_WITHOUT.search(problem.said):
        return _moves_nothing(node.block("vrrp_instance", found["instance"]))
    return node.at_path(problem.path, problem.line) in {node.at(line) for line in not_in_force(node)}


def _moves_nothing(instance: Block | None) -> bool:
    """Addresses may be excluded from the adverts, and a program may move one by a cloud's API."""
    lines = instance.body if instance else ()
    return not any(line.words[0].startswith("notify") or (line.words[0] == _EXCLUDED and line.body) for line in lines)
