"""keepalived is started with options by which its file, or VRRP, does not count."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.site import KEEPALIVED, SiteFile

_SET: Final = re.compile(r"""\s*(?:export\s+)?(?:KEEPALIVED_OPTIONS|DAEMON_ARGS)\s*=\s*["']?([^"'#]*)""")
_STARTED: Final = re.compile(r"\s*ExecStart\s*=\s*\S*keepalived(?=\s)([^#]*)")
_FILES: Final = re.compile(r"/etc/(?:default|sysconfig)/keepalived|/etc/systemd/system/keepalived\.service(?:\.d/.*)?")
_CHECKERS: Final = re.compile(r"(?:^|\s)(?:--check|-[A-Za-z]*C[A-Za-z]*)(?=\s|$)")
_VRRP: Final = re.compile(r"(?:^|\s)(?:--vrrp|-[A-Za-z]*P[A-Za-z]*)(?=\s|$)")
_FILE: Final = re.compile(r"(?:^|\s)(?:-[A-Za-z]*f\s*|--use-file[=\s]\s*)(/\S+)")


@rule(
    "error",
    outage="The node takes no part in VRRP: the VIP is on no node once the other one has failed.",
    experiment="power_cut",
)
def keepalived_started_otherwise(pair: Pair) -> Iterator[Found]:
    """The service's options stand in /etc/default/keepalived (DAEMON_ARGS), /etc/sysconfig/keepalived
    (KEEPALIVED_OPTIONS) or a unit of systemd. `-C` runs the checkers of LVS alone, without VRRP, unless `-P` is there
    too. `-f FILE`: another file than the one that is judged here, a warning. Source: keepalived(8)."""
    yield from once(found for node in pair.nodes for file in node.site.files for found in _found(node, file))


def _found(node: PairNode, file: SiteFile) -> Iterator[Found]:
    number, options = _options(file) if _FILES.fullmatch(file.path) else (0, "")
    if _CHECKERS.search(options) and not _VRRP.search(options):
        said = f"keepalived of {node.name} is started with `{options}`: -C runs no VRRP, so the node never has a VIP."
        yield Found(node.at_path(file.path, number), said, "no -C")
    other = _FILE.search(options)
    if other and other[1] != KEEPALIVED:
        said = f"keepalived of {node.name} reads {other[1]}, as its options say: {KEEPALIVED} is what was judged here."
        yield Found(node.at_path(file.path, number), said, f"bring {other[1]} as {KEEPALIVED}", "warning")


def _options(file: SiteFile) -> tuple[int, str]:
    """The last line that sets them, and what it sets."""
    lines = ((n, _SET.match(text) or _STARTED.match(text)) for n, text in enumerate(file.text.split("\n"), 1))
    return next(reversed([(n, found[1].strip()) for n, found in lines if found]), (0, ""))
