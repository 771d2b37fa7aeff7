"""Lines of a haproxy.cfg that HAProxy reads and does without, as it says itself."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._alerts import place_of
from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule

_IGNORED: Final = re.compile(r"\bignor(?:ed|ing)\b|Removing incomplete section|will never match")
_HARMLESS: Final = re.compile(r"\blog\b|httplog|tcplog|'option forwardfor'")


@rule("warning", outage="HAProxy does otherwise than its file says.", experiment="none: it shows at the start")
def haproxy_line_ignored(pair: Pair) -> Iterator[Found]:
    """HAProxy starts without what does not fit, and says so in a warning: `http-request deny` in `mode tcp` refuses no
    request, `http-check` without `option httpchk` checks nothing, a section of peers without the node itself shares no
    table. Left out is what concerns its log alone."""
    yield from once(found for node in pair.nodes for found in _ignored(node))


def _ignored(node: PairNode) -> Iterator[Found]:
    for problem in node.problems:
        said = problem.said
        of_haproxy = problem.severity == "harmless" and problem.path.startswith("/etc/haproxy/")
        if of_haproxy and _IGNORED.search(said) and not _HARMLESS.search(said):
            yield Found(place_of(node, problem), f"HAProxy: {said}")
