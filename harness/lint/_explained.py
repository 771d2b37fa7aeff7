"""Which rule tells what a message of keepalived means. `line-dropped` tells the others, so that each is told once.

The messages are those of keepalived 2.2 and 2.3: vrrp.c, vrrp_track.c, lib/notify.c.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from harness.lint._pair import PairNode
from harness.model.file_problem import Problem
from harness.model.keepalived_messages import messages as all_said

_NOISE: Final = "noise"
RUNS_WITHOUT: Final = re.compile(r"\((?P<instance>.+?)\) No VIP specified; at least one is sensible")
"""2.3 runs such an instance, and `line-dropped` tells of it; older versions say `required`, and do not."""

RULES: Final[dict[str, re.Pattern[str]]] = {
    "script-not-defined": re.compile(
        r"\((?P<instance>.+?)\) track (?P<kind>script|file|process) (?P<name>.+) not found, ignoring"
    ),
    "script-not-supplied": re.compile(
        r"Disabling (?P<kind>track|notify) script (?P<name>.+) since not found"
        r"|(cannot be accessed|Unable to access script|[Cc](an|ould )not find script)"
    ),
    "script-disabled-insecure": re.compile(
        r"Disabling (?P<kind>track|notify) script (?P<name>.+) due to insecure|Wrong file type found in script path"
        r"|Unsafe permissions found for script|Permissions failure for script"
    ),
    "script-not-executable": re.compile(r"script '(?P<name>[^']+)' is not executable for uid:gid (?P<user>[\d:]+)"),
    "script-user-not-supplied": re.compile(
        r"[Ss]cript user '(?!keepalived_script')(?P<name>[^']+)' does not exist"
        r"|Unable to set default user for vrrp script (?P<script>.+) - removing"
        r"|(Unable to set default user (?:keepalived_script )?for|Unable to set uid/gid for"
        r"|Unable to resolve .*script username)"
    ),
    "priority-255-drops-check": re.compile(r"due to address_owner"),
    "sync-group-drops-check": re.compile(r"\((?P<instance>.+?)\).* due to SYNC group"),
    "state-master-nopreempt": re.compile(r"will not work with initial state MASTER"),
    "vrrpv2-rounding": re.compile(r"VRRPv2 advertisement interval \S+ must be an integer"),
    "strict-drops-customers": re.compile(r"State MASTER must match|[Ss]trict mode|no_accept/strict"),
    _NOISE: re.compile(r"[Ss]cript user 'keepalived_script' does not exist|script \S.* is not used|\) removing "),
}
"""Rule → the messages that it tells of. Groups name what a message is about."""


def explained_by(said: str) -> str:
    """The rule's name; "" for none."""
    return next((rule for rule, pattern in RULES.items() if pattern.search(said)), "")


def messages(node: PairNode, rule: str) -> Iterator[tuple[Problem, re.Match[str]]]:
    """Those that this rule tells of, with what they name."""
    for problem in said_by_keepalived(node):
        if found := RULES[rule].search(problem.said):
            yield problem, found


def not_supplied(node: PairNode) -> set[str]:
    """Checks that keepalived does without, and the site's nodes may have: their program or user is not here."""
    missing = {said["name"] for _, said in messages(node, "script-not-supplied") if said["kind"] == "track"}
    return missing | {said["script"] for _, said in messages(node, "script-user-not-supplied") if said["script"]}


def said_by_keepalived(node: PairNode) -> tuple[Problem, ...]:
    """All that the test and the start said, each once. `PairNode.problems` keeps one for each line."""
    answers = (node.examined.keepalived_test, node.examined.keepalived_start)
    said = tuple((answer.status or 0, answer.output) for answer in answers)
    return _said(node.name, tuple(node.site.texts.items()), said)


@lru_cache(maxsize=64)  # nodes: nearly every rule asks, and reading what keepalived said takes longer than the rules
def _said(node: str, files: tuple[tuple[str, str], ...], answers: tuple[tuple[int, str], ...]) -> tuple[Problem, ...]:
    said = (each for status, output in answers for each in all_said(node, dict(files), status, output))
    return tuple(dict.fromkeys(said))
