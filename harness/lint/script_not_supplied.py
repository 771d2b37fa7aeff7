"""The program of a check, or of a notify line, is not among the files that were handed over."""

from collections.abc import Iterator
from typing import Final

from harness.lint._lines import once
from harness.lint._pair import Member, Pair, PairNode
from harness.lint._programs import Named, disabled
from harness.lint._rule import Found, rule
from harness.lint._trackers import written

_SYSTEM: Final = ("/bin", "/sbin", "/usr/bin", "/usr/sbin")
_MOVED: Final = ("pidof", "ss", "ip", "lsof", "netstat")
"""In another of these folders on another distribution: RHEL has /usr/sbin/pidof, Debian /usr/bin/pidof."""


@rule(
    "error",
    outage="Not known: without the program keepalived drops the check and goes on, which the site's nodes may not do.",
    experiment="none: the file must come from the site",
    undecided=True,
)
def script_not_supplied(pair: Pair) -> Iterator[Found]:
    """What the program asks, and whether the site's nodes have it, cannot be known: a stand-in would hide a defect.

    Programs that a balancer's image has (killall, pidof, pgrep, curl, nc, systemctl and others) are not missed.
    A note of a check without a weight whose program a distribution has in another folder, such as /usr/sbin/pidof of
    RHEL: it is known what that does, and its failure means FAULT. Source: check_track_script_secure() in vrrp.c.
    """
    yield from once(found for node in pair.nodes for found in _missed(pair, node))


def _missed(pair: Pair, node: PairNode) -> Iterator[Found]:
    for named in disabled(node, "script-not-supplied"):
        if _is_moved(node, named):
            yield _moved(node, named)
            continue
        yield Found(
            named.place,
            f"{named.program or 'Its program'} is not among the files of {node.name}"
            f"{_elsewhere(pair, node, named.program)}: what {named.what} does cannot be known.",
            _instead(named.program),
            None if named.watches else "warning",
        )


def _is_moved(node: PairNode, named: Named) -> bool:
    folder, _, name = named.program.rpartition("/")
    block = node.block("vrrp_script", named.check) if named.check else None
    weighted = [line for member in node.running.instances for _, line in written(Member(node, member))]
    by_line = any(named.check == line.words[0] and "weight" in line.words for line in weighted)
    return folder in _SYSTEM and name in _MOVED and block is not None and not block.last("weight") and not by_line


def _moved(node: PairNode, named: Named) -> Found:
    folder, _, name = named.program.rpartition("/")
    return Found(
        named.place,
        f"T{named.what[1:]} of {node.name} was not run: Debian, whose programs judge here, has no {name} in {folder}. "
        "Where the site's nodes have none there either, keepalived drops the check.",
        f"{name} without its folder, which keepalived looks up by itself",
        "note",
    )


def _instead(program: str) -> str:
    """No site brings a program of the system's own folders: RHEL has /usr/sbin/pidof, Debian /usr/bin/pidof."""
    brought = f'the file in the folder, and its place in pair.toml: [paths] "FILE" = "{program}"'
    folder, _, name = program.rpartition("/")
    return (
        f"{name} without its folder, which keepalived looks up by itself; or {brought}"
        if folder in _SYSTEM
        else brought
    )


def _elsewhere(pair: Pair, node: PairNode, program: str) -> str:
    others = [other.name for other in pair.nodes if other is not node and other.site.file(program)]
    return f" (it is among those of {', '.join(others)})" if others else ""
