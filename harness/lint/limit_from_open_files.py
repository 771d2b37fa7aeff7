"""A limit of sessions that HAProxy derives from too few open files."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.lint._lines import once
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule

_UNIT: Final = re.compile(r"/(?:etc|run|lib|usr/lib)/systemd/system/haproxy\.service(?:\.d/[^/]+\.conf)?")
_LIMIT: Final = re.compile(r"\s*LimitNOFILE\s*=\s*(?:\d+:)?(\d+)\s*")
_OF_A_SESSION = 2


class _Limit(NamedTuple):
    files: int
    path: str
    line: int


@rule(
    "warning",
    outage="At the peak new customers wait unseen in the kernel's backlog, and no queue of HAProxy's shows them.",
    experiment="session_flood",
)
def limit_from_open_files(pair: Pair) -> Iterator[Found]:
    """Without maxconn in global, HAProxy takes as many sessions as the service may open files for: two for each. Found
    where LimitNOFILE of the service's unit is too low for load.open_sessions of pair.toml. Where maxconn is written,
    HAProxy raises the limit itself, as long as it is started by root. Source: HAProxy's configuration manual, 3.2
    "maxconn"; compute_ideal_maxconn() in src/haproxy.c."""
    load = pair.site.load.open_sessions
    yield from once(found for node in pair.nodes if load for found in _short(node, load))


def _short(node: PairNode, load: int) -> Iterator[Found]:
    limit = _of_unit(node)
    if limit and limit.files < load * _OF_A_SESSION and not _is_written(node):
        yield Found(
            node.at_path(limit.path, limit.line),
            f"HAProxy of {node.name} has no maxconn in global, and may open {limit.files} files: it takes about "
            f"{limit.files // _OF_A_SESSION} sessions at once, and the stated load is {load}.",
            f"LimitNOFILE={load * 2 * _OF_A_SESSION}, and maxconn {load + load // 4} in global",
        )


def _is_written(node: PairNode) -> bool:
    heads = (each for each in node.haproxy.sections if each.kind == "global")
    return any(line.words[0] in ("maxconn", "ulimit-n") for each in heads for line in each.lines)


def _of_unit(node: PairNode) -> _Limit | None:
    """The last line counts: drop-ins come after the unit, in the order of their names."""
    files = sorted((each for each in node.site.files if _UNIT.fullmatch(each.path)), key=lambda each: _order(each.path))
    lines = ((file, n, _LIMIT.fullmatch(text)) for file in files for n, text in enumerate(file.text.split("\n"), 1))
    return next(reversed([_Limit(int(found[1]), file.path, n) for file, n, found in lines if found]), None)


def _order(path: str) -> tuple[bool, bool, str]:
    return ".service.d/" in path, path.startswith("/etc/"), path.rpartition("/")[2]
