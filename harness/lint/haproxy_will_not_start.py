"""A haproxy.cfg with which HAProxy ends at once."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._alerts import Alert, alerts
from harness.lint._frontends import place, vips
from harness.lint._pair import Pair, PairNode
from harness.lint._place import Place
from harness.lint._rule import Found, rule
from harness.model.file_problem import Problem
from harness.site.haproxy_limit import process_limit
from harness.site.site import HAPROXY

_QUOTED: Final = re.compile(r"'([^']+)'")
_PROXIES: Final = ("frontend", "backend", "listen")


@rule(
    "error",
    outage="HAProxy ends at its next start: with its machine, an upgrade, or at once. The node serves no customer.",
    experiment="none: it shows at the start",
)
def haproxy_will_not_start(pair: Pair) -> Iterator[Found]:
    """What `haproxy -c` and a start of HAProxy with the node's files said, as alerts. Not an error is what only the
    container lacks: open files (a warning that asks for needs_nofile), the folder of a socket (a note that asks for
    directories), IPv6, a file system that can be written. Files and names that were not handed over are told by
    haproxy-file-not-supplied, a VIP that cannot be bound by vip-bind-without-nonlocal."""
    for node in pair.nodes:
        for alert in alerts(node):
            if found := _found(pair, node, alert):
                yield found


def _found(pair: Pair, node: PairNode, alert: Alert) -> Found | None:
    if alert.cause == "open files":
        return _lacks_files(pair, node, int(alert.what))
    if alert.cause == "folder of a socket":
        return _lacks_folder(pair, node, alert)
    if alert.cause == "file" or (alert.cause == "address" and alert.what not in vips(pair)):
        said = re.sub(r"\.{2}$", ".", alert.problem.said)
        instead = "a line break after the file's last line" if "Missing LF" in said else ""
        return Found(_place(node, alert.problem), f"HAProxy ends: {said}", instead)
    return None


def _place(node: PairNode, problem: Problem) -> Place:
    """An alert after reading names a proxy only: the line of the proxy that has the other name, else its head."""
    if problem.line:
        return node.at_path(problem.path, problem.line)
    name, *others = _QUOTED.findall(problem.said) or [""]
    sections = [each for each in node.haproxy.sections if each.name == name and each.kind in _PROXIES]
    lines = (line for each in sections for line in each.lines if set(others) & set(line.words))
    line = next(lines, sections[0].head if sections else None)
    return place(node, line) if line else node.at_path(problem.path)


def _lacks_files(pair: Pair, node: PairNode, needed: int) -> Found:
    """A warning if the site did not say that HAProxy may have them. More threads need some more than the site has."""
    whole = process_limit(node.haproxy)
    said = whole is not None and pair.site.needs_nofile >= 2 * whole.sessions
    return Found(
        node.at_path(whole.line.path, whole.line.number) if whole else node.at_path(HAPROXY),
        f"HAProxy needs {needed} open files, more than this machine gives a container: it was not started.",
        "" if said else f"needs_nofile = {needed} in pair.toml, if the service may open so many at the site",
        "note" if said else "warning",
    )


def _lacks_folder(pair: Pair, node: PairNode, alert: Alert) -> Found | None:
    if alert.what in pair.site.directories:
        return None
    return Found(
        node.at_path(alert.problem.path, alert.problem.line),
        f"HAProxy does not start where the folder {alert.what} is missing, and it is not among the site's files.",
        f'directories = ["{alert.what}"] in pair.toml, if the site has it',
        "note",
    )
