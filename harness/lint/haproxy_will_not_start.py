"""A haproxy.cfg with which HAProxy ends at once."""

import re
from collections.abc import Iterator

from harness.lint._alerts import Alert, alerts, place_of
from harness.lint._frontends import vips
from harness.lint._pair import Pair, PairNode
from harness.lint._rule import Found, rule
from harness.site.haproxy_limit import process_limit
from harness.site.site import HAPROXY


@rule(
    "error",
    outage="HAProxy ends at its next start: with its machine, an upgrade, or at once. The node serves no customer.",
    experiment="none: it shows at the start",
)
def haproxy_will_not_start(pair: Pair) -> Iterator[Found]:
    """What `haproxy -c` and a start of HAProxy with the node's files said, as alerts. Not an error is what only the
    container lacks: open files (a warning that asks for needs_nofile), the folder of a socket (a note that asks for
    directories), IPv6, a file system that can be written; a section of peers without the node's name is a warning,
    since the host may have another name than pair.toml says. Files and names that were not handed over are told by
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
    if alert.cause == "host name":
        return _is_no_peer(node, alert)
    if alert.cause == "file" or (alert.cause == "address" and alert.what not in vips(pair)):
        said = re.sub(r"\.{2}$", ".", alert.problem.said)
        instead = "a line break after the file's last line" if "Missing LF" in said else ""
        return Found(place_of(node, alert.problem), f"HAProxy ends: {said}", instead)
    return None


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


def _is_no_peer(node: PairNode, alert: Alert) -> Found:
    said = alert.problem.said.rstrip(".")
    return Found(
        place_of(node, alert.problem),
        f"HAProxy ends if the host's name is {alert.what}, as pair.toml calls it: {said}.",
        "the names of the hosts as peers, or localpeer in global",
        "warning",
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
