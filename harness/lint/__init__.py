"""Rules over the effective settings of all nodes of a pair, each a pure function. One file is one rule.

This folder is the registry: a module ``vrid_mismatch`` holds the rule ``vrid_mismatch``, named ``vrid-mismatch``.
Modules with a leading underscore are what rules share.
"""

import pkgutil
from importlib import import_module
from typing import Final

from harness.lint._asks import is_socket
from harness.lint._beyond import ASKS_SERVER, SERVERS_ANSWER, Beyond, beyond
from harness.lint._bounds import Bounds, bounds
from harness.lint._checks import Check, checks
from harness.lint._commands import text_of
from harness.lint._finding import Finding, Severity
from harness.lint._frontends import own_addresses
from harness.lint._pair import Member, Pair, PairNode, Router, pair
from harness.lint._programs import programs
from harness.lint._rule import Rule
from harness.lint._verdict import EXIT, AcceptedFinding, LintReport, judge
from harness.lint._versions import Judged, judged_with, versions


def _load(name: str) -> Rule:
    found = getattr(import_module(f"{__name__}.{name}"), name)
    assert isinstance(found, Rule), f"{name}.py must define the rule {name}"
    return found


ALL: Final[dict[str, Rule]] = {
    rule.name: rule
    for rule in (_load(each.name) for each in pkgutil.iter_modules(__path__) if not each.name.startswith("_"))
}

__all__ = [
    "ALL", "ASKS_SERVER", "EXIT", "SERVERS_ANSWER", "AcceptedFinding", "Beyond", "Bounds", "Check", "Finding", "Judged",
    "LintReport", "Member", "Pair", "PairNode", "Router", "Rule", "Severity", "beyond", "bounds", "checks",
    "is_socket", "judge", "judged_with", "own_addresses", "pair", "programs", "text_of", "versions",
]  # fmt: skip
