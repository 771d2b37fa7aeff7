"""Alerts of HAProxy, sorted by what causes them: the site's file, what was not handed over, or the container alone."""

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from harness.lint._frontends import has_cfg, place
from harness.lint._pair import PairNode
from harness.lint._place import Place
from harness.model.file_problem import Problem

Cause = Literal["file", "not supplied", "open files", "folder of a socket", "address", "host name", "container"]

_FOLDER: Final = "/etc/haproxy/"
_SUMMARY = re.compile(r"Some protocols failed to start their listeners|ended with exit status")
_MISSING = re.compile(
    r"No such file|unable to (?:open|load|stat)|failed to open|error opening|cannot open|couldn't open"
)
_FOUND: Final[tuple[tuple[Cause, re.Pattern[str]], ...]] = (
    ("open files", re.compile(r"Cannot raise FD limit to (\d+)")),
    ("container", re.compile(r"(Read-only file system)")),
    ("container", re.compile(r"(sendmsg\(\)/writev\(\) failed in logger)")),  # no syslog; HAProxy runs
    ("folder of a socket", re.compile(r"cannot bind UNIX socket \(No such file.*\[(/[^\]]*)/[^/\]]*\]")),
    ("container", re.compile(r"cannot bind socket \(Cannot assign requested address\).*\[(.*:.*):\d+\]")),  # no IPv6
    ("address", re.compile(r"cannot bind socket \(Cannot assign requested address\).*\[(.*):\d+\]")),
    ("host name", re.compile(r"unable to find local peer '([^']+)'")),
    ("not supplied", re.compile(r"could not resolve (?:address|host) '([^']+)'")),
)
_QUOTED: Final = re.compile(r"'(?:peers )?([^']+)'")
_NAMED: Final = ("frontend", "backend", "listen", "peers")
_PATH = re.compile(r"(?<![\w.])(/[^\s'\"<>\[\](),:]+)")


class Alert(NamedTuple):
    """`what`: the number, folder, address, name or path that `cause` is about; "" for none."""

    problem: Problem
    cause: Cause
    what: str


def alerts(node: PairNode) -> Iterator[Alert]:
    """Why HAProxy ended, once for each reason. None for a node without a haproxy.cfg."""
    if not has_cfg(node):
        return
    every = [each for each in node.problems if each.severity == "will not run" and each.path.startswith(_FOLDER)]
    reasons = [each for each in every if not _SUMMARY.search(each.said)]
    yield from dict.fromkeys(_alert(node, each) for each in reasons or every)


def place_of(node: PairNode, problem: Problem) -> Place:
    """A message after reading names sections only: the first one's line that has another name, else its head.

    ``'http-request' rules ignored for frontend 'www'``: a keyword may stand before the name.
    """
    if problem.line:
        return node.at_path(problem.path, problem.line)
    quoted = _QUOTED.findall(problem.said)
    proxies = [each for each in node.haproxy.sections if each.name in quoted and each.kind in _NAMED]
    if not proxies:
        return node.at_path(problem.path)
    named = min(proxies, key=lambda each: quoted.index(each.name))
    others = set(quoted) - {named.name}
    return place(node, next((line for line in named.lines if others & set(line.words)), named.head))


def _alert(node: PairNode, problem: Problem) -> Alert:
    for cause, pattern in _FOUND:
        if found := pattern.search(problem.said):
            return Alert(problem, cause, found[1])
    missing = [path for path in _PATH.findall(problem.said) if not node.site.file(path.rstrip("."))]
    if missing and _MISSING.search(problem.said):
        return Alert(problem, "not supplied", missing[0].rstrip("."))
    return Alert(problem, "file", "")
