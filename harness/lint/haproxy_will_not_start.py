"""A haproxy.cfg with which HAProxy ends at once."""

import re
from collections.abc import Iterator
from typing import Final

from harness.lint._frontends import vips
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.model.file_problem import Problem
from harness.site.haproxy_limit import process_limit

_FOLDER: Final = "/etc/haproxy/"
_FILES = re.compile(r"Cannot raise FD limit to (\d+)")
_SUMMARY = re.compile(r"Some protocols failed to start their listeners|ended with exit status")
_SOCKET = re.compile(r"cannot bind UNIX socket .*\[(/[^\]]*)/[^/\]]*\]")
_LAB = re.compile(r"Read-only file system")
_ADDRESS = re.compile(r"Cannot assign requested address.*\[(.*):\d+\]")


@rule(
    "error",
    outage="HAProxy ends at its next start: with its machine, with an upgrade, or at once. The node serves nobody.",
    experiment="none: it shows at the start",
)
def haproxy_will_not_start(pair: Pair) -> Iterator[Found]:
    """What `haproxy -c` and a start of HAProxy with the node's files said, as alerts. Not an error is what only the
    container lacks: open files (a warning that asks for needs_nofile), the folder of a socket (a note that asks for
    directories), a file system that can be written. A VIP that cannot be bound is told by vip-bind-without-nonlocal."""
    for node in (each for each in pair.nodes if _has_files(each)):
        alerts = [each for each in node.problems if each.severity == "will not run" and each.path.startswith(_FOLDER)]
        causes = [each for each in alerts if not _SUMMARY.search(each.said)]
        for problem in causes or alerts:
            if found := _found(pair, node, problem):
                yield found


def _has_files(node: PairNode) -> bool:
    return any(each.path.startswith(_FOLDER) and each.path.endswith(".cfg") for each in node.site.files)


def _found(pair: Pair, node: PairNode, problem: Problem) -> Found | None:
    if files := _FILES.search(problem.said):
        return _lacks_files(pair, node, int(files[1]))
    if folder := _SOCKET.search(problem.said):
        return _lacks_folder(pair, node, problem, folder[1])
    address = _ADDRESS.search(problem.said)
    if _LAB.search(problem.said) or (address and address[1].strip("[]") in vips(pair)):
        return None
    return Found(node.at_path(problem.path, problem.line), f"HAProxy does not start: {problem.said}")


def _lacks_files(pair: Pair, node: PairNode, needed: int) -> Found:
    """A warning if the site did not say that HAProxy may have them. More threads need some more than the site has."""
    whole = process_limit(node.haproxy)
    said = whole is not None and pair.site.needs_nofile >= 2 * whole.sessions
    place = node.at_path(whole.line.path, whole.line.number) if whole else node.at_path(f"{_FOLDER}haproxy.cfg")
    return Found(
        place,
        f"HAProxy needs {needed} open files, more than this machine gives a container: it was not started.",
        "" if said else f"needs_nofile = {needed} in pair.toml, if the service may open so many at the site",
        "note" if said else "warning",
    )


def _lacks_folder(pair: Pair, node: PairNode, problem: Problem, folder: str) -> Found | None:
    if folder in pair.site.directories:
        return None
    return Found(
        node.at_path(problem.path, problem.line),
        f"HAProxy does not start where the folder {folder} is missing, and it is not among the site's files.",
        f'directories = ["{folder}"] in pair.toml, if the site has it',
        "note",
    )
