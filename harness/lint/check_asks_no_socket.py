"""A check asks a socket that HAProxy does not make."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._asks import told
from harness.lint._checks import Check, checks
from harness.lint._commands import text_of
from harness.lint._frontends import has_cfg
from harness.lint._lines import once
from harness.lint._pair import Member, Pair, PairNode
from harness.lint._rule import Found, rule
from harness.lint._sockets import asked, plain
from harness.lint._watched import is_watched

_OF_HAPROXY: Final = re.compile(r"show (?:info|stat|servers)", re.IGNORECASE)
_PATH: Final = re.compile(r"(?:[\w+]*unix@)?(/.+)")


@rule(
    "error",
    outage="The check fails while HAProxy lives: every node is in FAULT, or lowered by its weight, for good.",
    experiment="none: it shows at the start",
)
def check_asks_no_socket(pair: Pair) -> Iterator[Found]:
    """A check that sends `show info` to a socket of HAProxy needs the path that `stats socket` makes (configuration
    manual, 3.1); distributions have different ones. Compared are the paths that the check's command and the site's
    scripts give to socat, nc and curl with all sockets of haproxy.cfg; /var/run is /run. Left out are sockets of other
    programs. A warning where another check of the instance asks for HAProxy."""
    yield from once(found for router in pair.routers for member in router.members for found in _deaf(member))


def _deaf(member: Member) -> Iterator[Found]:
    found = {each.name: (each, path) for each in checks(member) if (path := _missing(member.node, each))}
    for check, path in found.values():
        has = ", ".join(sorted(_sockets(member.node))) or "none"
        yield Found(
            check.place,
            f"The check {check.name} asks the socket {path}, which HAProxy on {member.node.name} does not make; its "
            f"sockets: {has}.",
            f"stats socket {path} in global of haproxy.cfg, or its path in the check",
            "warning" if is_watched(member, *found) else None,
        )


def _missing(node: PairNode, check: Check) -> str:
    text = told(text_of(node, check.script.command))
    if not has_cfg(node) or _has_prefix(node):
        return ""
    by_words = _OF_HAPROXY.search(text)
    paths = [each for each in asked(node, check) if by_words or "hap" in each.lower() or "$" in each]
    made = {plain(each) for each in _sockets(node)}
    known = paths and not any("$" in each for each in (*paths, *made))
    return paths[0] if known and not set(paths) & made else ""


def _sockets(node: PairNode) -> set[str]:
    """The paths of all ``stats socket`` and ``bind`` lines."""
    lines = [line for section in node.haproxy.sections for line in section.lines]
    words = [line.word(2) for line in lines if line.begins("stats", "socket")]
    words += [each for line in lines if line.begins("bind") for each in line.word(1).split(",")]
    return {found[1] for word in words if (found := _PATH.fullmatch(word))} | {each for each in words if "$" in each}


def _has_prefix(node: PairNode) -> bool:
    return any(line.begins("unix-bind") for section in node.haproxy.sections for line in section.lines)
