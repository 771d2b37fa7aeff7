"""A list that HAProxy reads and that has other lines on another node."""

from collections.abc import Iterator
from itertools import permutations

from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.site import SiteFile


@rule(
    "warning",
    outage="After a takeover some customers are refused, or led elsewhere.",
    experiment="power_cut",
)
def data_files_differ(pair: Pair) -> Iterator[Found]:
    """Maps, lists of addresses and of certificates lie beside haproxy.cfg, and nothing copies them to the other node. A
    line that one node lacks counts there after a takeover. Compared are files that a line of haproxy.cfg names on
    both nodes, without comments, blanks and order. Their lines are not told: they may be secrets."""
    yield from once(found for one, other in permutations(pair.nodes, 2) for found in _more(one, other))


def _more(having: PairNode, lacking: PairNode) -> Iterator[Found]:
    for file in having.site.files:
        theirs = lacking.site.file(file.path)
        if theirs is None or not (_named(having, file.path) and _named(lacking, file.path)):
            continue
        known = set(_lines(theirs).values())
        if missing := [number for number, line in _lines(file).items() if line not in known]:
            yield _found(having, lacking, file, missing)


def _named(node: PairNode, path: str) -> bool:
    """By a map, ``-f``, ``crt-list``; HAProxy's own files are no lists."""
    words = (word for section in node.haproxy.sections for line in section.lines for word in line.words)
    return not path.endswith((".cfg", ".lua", ".http")) and any(path in word for word in words)


def _lines(file: SiteFile) -> dict[int, str]:
    every = {number: " ".join(line.split()) for number, line in enumerate(file.text.splitlines(), 1)}
    return {number: line for number, line in every.items() if line and not line.startswith("#")}


def _found(having: PairNode, lacking: PairNode, file: SiteFile, missing: list[int]) -> Found:
    which = f"line {missing[0]}" if len(missing) == 1 else f"{len(missing)} lines, the first is line {missing[0]}"
    return Found(
        having.at_path(file.path, missing[0]),
        f"{file.path} of {having.name} has what {lacking.name} lacks: {which}. HAProxy reads it on both nodes.",
        "the same file on all nodes",
    )
