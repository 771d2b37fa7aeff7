"""A root directory of HAProxy's that only one node names."""

from collections.abc import Iterator
from itertools import pairwise

from harness.lint._frontends import place
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_text import HaproxyLine

_OF_PACKAGES = ("/var/lib/haproxy",)


@rule("warning", outage="HAProxy of one node ends at its next start.", experiment="none: it shows at the start")
def chroot_differs(pair: Pair) -> Iterator[Found]:
    """`chroot` of a folder that does not exist ends HAProxy, and `haproxy -c` does not try it. Found where nodes name
    different folders; told is the one that neither `directories` of pair.toml nor Debian's package has. Source:
    HAProxy's configuration manual, 3.1 chroot."""
    found = [(node, line) for node in pair.nodes for line in _chroots(node)[-1:]]
    yield from once(each for one, other in pairwise(found) for each in _different(pair, one, other))


def _chroots(node: PairNode) -> list[HaproxyLine]:
    return [line for each in node.haproxy.sections if each.kind == "global" for line in each.all("chroot")]


def _different(pair: Pair, one: tuple[PairNode, HaproxyLine], other: tuple[PairNode, HaproxyLine]) -> Iterator[Found]:
    folders = [line.word(1).rstrip("/") for _, line in (one, other)]
    if folders[0] == folders[1]:
        return
    known = {each.rstrip("/") for each in (*pair.site.directories, *_OF_PACKAGES)}
    for (node, line), folder, usual in zip((one, other), folders, reversed(folders), strict=True):
        if folder not in known:
            said = (
                f"HAProxy of {node.name} is shut into {folder}, the other one into {usual}: where {folder} is missing, "
            )
            yield Found(place(node, line), f"{said}HAProxy does not start.", f"chroot {usual}")
